"""`python -m labelhub_client`: the command line."""

from labelhub_client.cli import main

if __name__ == "__main__":
    main()
