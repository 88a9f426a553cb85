"""The studio: mapping, plan, review, invitations and runs in a browser on this machine. All that it does, the
command line does, too; both call the same functions."""
