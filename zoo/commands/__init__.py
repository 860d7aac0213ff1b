"""The commands of ``zoo``, a module each: ``add_arguments(parser)`` says what it takes, ``main(options)`` does it.

``zoo.cli`` imports the module of the command that is given, and no other. What a command needs is imported inside its
``main``, so that one quick command is not slowed by what another needs.
"""
