"""From characters to trees: lexer, parser and relations."""
