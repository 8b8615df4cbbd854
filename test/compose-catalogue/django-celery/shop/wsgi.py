import os

answer = f"the shop runs {os.environ['DJANGO_SETTINGS_MODULE']}"


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [answer.encode()]
