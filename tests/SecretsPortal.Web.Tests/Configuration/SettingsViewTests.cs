using Microsoft.Extensions.Configuration;
using SecretsPortal.Web.Configuration;

namespace SecretsPortal.Web.Tests.Configuration;

public sealed class SettingsViewTests
{
    [Fact]
    public void Each_setting_has_the_source_that_counts_and_secret_ones_no_value()
    {
        var configuration = (IConfigurationRoot)new ConfigurationManager();
        ((ConfigurationManager)configuration).AddInMemoryCollection([new("Portal:Region", "eu-west-1"), new("Portal:Bootstrap:AdminPassword", "canary"), new("Portal:AccountId", "")])
            .AddCommandLine(["--Portal:Region=eu-central-1", "--Portal:Database:ConnectionString=Server=db;Password=canary", "--Portal:Oidc:Groups:admins=Administrator"]);

        var settings = SettingsView.Of(configuration).All;

        Assert.Equal(("eu-central-1", "command line"), Of("Portal:Region"));
        Assert.Equal((null, "host"), Of("Portal:Bootstrap:AdminPassword"));
        Assert.Equal((null, "command line"), Of("Portal:Database:ConnectionString"));
        Assert.Equal((null, null), Of("Portal:AccountId"));
        Assert.Equal((null, null), Of("Portal:DataDirectory"));
        Assert.Equal(("Administrator", "command line"), Of("Portal:Oidc:Groups:admins"));
        Assert.DoesNotContain(settings, setting => setting.Value?.Contains("canary", StringComparison.Ordinal) == true);
        Assert.Equal(SettingKeys.All, settings.Select(setting => setting.Key).Take(SettingKeys.All.Count));

        (string?, string?) Of(string key) => settings.Single(setting => setting.Key == key) is var found ? (found.Value, found.Source) : default;
    }

    /// <summary>A new setting whose name sounds like a secret is one, or names a file.</summary>
    [Fact]
    public void What_sounds_like_a_secret_is_shown_to_nobody()
    {
        string[] words = ["Password", "Secret", "Authorization", "ConnectionString", "Pin", "Token", "Credential"];
        string[] harmless = ["Portal:Kms:Pkcs11:TokenLabel"];

        var shown = SettingKeys.All.Where(key => words.Any(word => key.Split(':')[^1].Contains(word, StringComparison.Ordinal)))
            .Where(key => !key.EndsWith("File", StringComparison.Ordinal) && !SettingKeys.IsSecret(key));

        Assert.Equal(harmless, shown);
    }
}
