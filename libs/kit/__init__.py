"""What every worker needs, once: settings, database, delivery loop, admin port. Imports only `libs.schemas`."""
