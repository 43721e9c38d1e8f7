"""Sending requests: conversations driven through cache, limits and retries, block by block within a budget."""
