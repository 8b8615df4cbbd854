FROM node:20-alpine AS build
WORKDIR /src
COPY --from=shared . shared
COPY web/ .
RUN cat shared/title.txt index.html > /tmp/index.html

FROM nginx:alpine AS runtime
COPY web/nginx.conf /etc/nginx/conf.d/default.conf
COPY --from=build /tmp/index.html /usr/share/nginx/html/index.html

FROM runtime AS development
CMD ["false"]
