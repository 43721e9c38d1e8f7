"""The local web page: runs of a folder, live and finished, their conversations, and labels. Starlette, uvicorn."""
