"""Ray: models and scorers on the nodes of a cluster that runs already (extra `ray`)."""
