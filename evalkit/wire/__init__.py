"""OpenAI's chat completions as servers really speak them: addresses, replies, complaints, waits. Behind `openai`."""
