from django.urls import path

from . import views

urlpatterns = [path("p/<slug:slug>/agreements/", views.index, name="agreements")]
