"""Where records live. Adapters register themselves under the entry point group ``connector.crm``."""
