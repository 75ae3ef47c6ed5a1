from django.urls import path

from .loading import load

urlpatterns = [path("processes/load/", load, name="process-load")]
