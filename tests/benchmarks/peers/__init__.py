"""What people use today instead, each as its own users would write it.

They find the services in the environment, as boto3 and requests do by themselves (``AWS_ENDPOINT_URL``,
``REQUESTS_CA_BUNDLE``), and the session in ``SF_INSTANCE_URL`` and ``SF_ACCESS_TOKEN``. All make the records
that `mappings/salesforce.yaml` makes, with its most important fields (``plain.land``).
"""
