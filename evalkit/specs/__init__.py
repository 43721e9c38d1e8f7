"""What users write: problems, prompt templates, experiments; read, checked and resolved into a plan."""
