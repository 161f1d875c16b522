"""scikit-learn: models out as fitted Pipelines, and fitted MLPs in, as objects or by skops."""
