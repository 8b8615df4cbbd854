import os

answer = f"debug is {os.environ['DEBUG']}"
