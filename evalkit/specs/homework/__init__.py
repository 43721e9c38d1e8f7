"""A homework as courses hand it out (.tex, .md, .ipynb, .pdf), taken apart into problem files.

    tex, markdown, notebook, pdf   a file as a row of pieces: text, and the marks in it
    heads                          what a heading or the beginning of a line marks: question, part, solution
    tree, solved                   pieces as questions with parts and solutions
    answers, figures               choices and numbers that can be read; figures of the folder
    writing                        one problem file for each question or part, and set.toml

Nothing is guessed silently: what could not be decided is listed.
"""
