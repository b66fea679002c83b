"""The people's side: the command line over the services' APIs. It reaches services over HTTP only and owns no data."""
