answer = "a blog on Rails in #{ENV['RAILS_ENV']}"

Rails.application.routes.draw do
  root to: ->(_) { [200, {}, [answer]] }
end
