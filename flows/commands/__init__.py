"""The command line's commands, one file a subject. They ask, call and print; the work is done in the rooms."""
