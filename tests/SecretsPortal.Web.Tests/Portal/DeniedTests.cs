using Bunit;
using Microsoft.AspNetCore.Components;
using SecretsPortal.Web.Portal.Components;
using SecretsPortal.Web.Portal.Pages;
using SecretsPortal.Web.Portal.Pages.Access;
using SecretsPortal.Web.Portal.Pages.Functions;
using SecretsPortal.Web.Portal.Pages.Keys;

namespace SecretsPortal.Web.Tests.Portal;

/// <summary>Somebody whose policies do not reach a page is told the permission and who can grant it; and what a reader or an auditor may open, opens.</summary>
public sealed class DeniedTests : PortalPageTest
{
    [Fact]
    public async Task A_thing_that_is_not_open_names_the_permission_and_who_can_grant_it()
    {
        await Store("prod/api", "x");
        await BecomeSomebody();

        AssertDenied(Shown<SecretDetail>("/secret?id=prod%2Fapi"), "secretsmanager:DescribeSecret");
        AssertDenied(Shown<UserSheet>("/access/user?name=admin"), "secretsportal:GetUser");
        AssertDenied(Shown<GroupSheet>("/access/group?name=x"), "secretsportal:GetGroup");
        AssertDenied(Shown<ClientSheet>("/access/client?name=x"), "secretsportal:GetClient");
        AssertDenied(Shown<PolicySheet>("/access/policy?name=Reader"), "secretsportal:GetPolicy");
        AssertDenied(Shown<FunctionSheet>("/function?name=x"), "secretsportal:GetFunction");
        AssertDenied(Shown<KeySheet>("/key?name=alias%2Faws%2Fsecretsmanager"), "secretsportal:GetKey");
    }

    [Theory]
    [InlineData("Reader")]
    [InlineData("Auditor")]
    public async Task A_form_that_could_not_be_sent_says_so_before_it_is_filled_in(string policy)
    {
        await BecomeSomebody(policy);

        AssertMissing(Shown<SecretCreate>("/secrets/new"), "secretsmanager:CreateSecret");
        AssertMissing(Shown<PolicyCreate>("/access/policies/new"), "secretsportal:CreatePolicy");
        AssertMissing(Shown<FunctionCreate>("/functions/new"), "secretsportal:CreateFunction");
    }

    [Fact]
    public void Who_may_send_a_form_reads_nothing_of_permissions_there()
    {
        Assert.Empty(Shown<PolicyCreate>("/access/policies/new").FindAll(".missing"));
    }

    [Fact]
    public async Task A_value_that_is_not_open_says_what_it_needs_and_who_can_grant_it()
    {
        var secret = await Store("prod/api", "x");
        await BecomeSomebody("Auditor");

        var card = Render<ValueCard>(parameters => parameters.Add(p => p.Secret, secret));

        card.WaitForAssertion(() => Assert.Contains("secretsmanager:GetSecretValue", card.Markup, StringComparison.Ordinal));
        Assert.Contains("can grant it", card.Markup, StringComparison.Ordinal);
    }

    private IRenderedComponent<T> Shown<T>(string address)
        where T : IComponent
    {
        Navigation.NavigateTo(address);
        return Render<T>();
    }

    private static void AssertDenied<T>(IRenderedComponent<T> page, string action)
        where T : IComponent
    {
        page.WaitForAssertion(() => Assert.Equal(action, page.Find(".denied code").TextContent));
        Assert.Contains("users with the policy Administrator", page.Find(".denied").TextContent, StringComparison.Ordinal);
        Assert.Single(page.FindAll("h1"));
    }

    private static void AssertMissing<T>(IRenderedComponent<T> page, string action)
        where T : IComponent
    {
        page.WaitForAssertion(() => Assert.Contains(action, page.Find(".missing").TextContent, StringComparison.Ordinal));
        Assert.Contains("can grant it", page.Find(".missing").TextContent, StringComparison.Ordinal);
    }
}
