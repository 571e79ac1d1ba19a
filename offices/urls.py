"""Addresses of sign-in, one's own account, and the administration of offices and people."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from offices.views import own, people, people_deeds, people_import, sign_in, tree, unit_posts

administration: list[URLPattern | URLResolver] = [
    path("offices/", tree.OfficeTree.as_view(), name="offices"),
    path("offices/<int:unit>/", tree.OfficeTree.as_view(), name="office"),
    path("offices/<int:unit>/posts/", unit_posts.UnitPosts.as_view(), name="unit_posts"),
    path("people/", people.People.as_view(), name="people"),
    path("people/search/", people.SearchPeople.as_view(), name="people_search"),
    path("people/new/", people_deeds.CreatePerson.as_view(), name="person_create"),
    path("people/import/", people_import.ImportPeople.as_view(), name="people_import"),
    path("people/import/template/", people_import.ImportTemplate.as_view(), name="people_import_template"),
    path("people/import/run/", people_import.RunImport.as_view(), name="people_import_run"),
    path("people/import/passwords/", people_import.PasswordList.as_view(), name="people_import_passwords"),
    path("people/<int:person>/", people.PersonPage.as_view(), name="person"),
    path("people/<int:person>/suspend/", people_deeds.Suspend.as_view(), name="person_suspend"),
    path("people/<int:person>/restore/", people_deeds.Restore.as_view(), name="person_restore"),
    path("people/<int:person>/reset-password/", people_deeds.ResetPassword.as_view(), name="person_reset_password"),
    path("people/<int:person>/memberships/new/", people_deeds.GiveMembership.as_view(), name="membership_give"),
    path("memberships/<int:post>/move/", people_deeds.MovePerson.as_view(), name="membership_move"),
    path("memberships/<int:post>/end/", people_deeds.EndMembership.as_view(), name="membership_end"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", sign_in.SignIn.as_view(), name="sign_in"),
    path("sign-out/", sign_in.SignOut.as_view(), name="sign_out"),
    path("password/", own.Password.as_view(), name="password"),
    path("account/", own.OwnAccount.as_view(), name="account"),
    path("switch-membership/", own.SwitchMembership.as_view(), name="switch_membership"),
    path("admin-console/", include(administration)),
]
