"""Airflow's operators, with Tidemark's exit codes and summaries. Each imports its own provider."""
