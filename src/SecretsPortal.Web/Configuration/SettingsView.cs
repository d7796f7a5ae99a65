using Microsoft.Extensions.Configuration.CommandLine;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;
using SecretsPortal.Services.Start;

namespace SecretsPortal.Web.Configuration;

/// <summary>The settings with where each was set, for those who look after the portal; of secret ones only whether they are set.</summary>
internal static class SettingsView
{
    /// <summary>Every setting in the order of <see cref="SettingKeys"/>, and then the groups of the identity provider.</summary>
    public static PortalSettings Of(IConfigurationRoot configuration)
    {
        var groups = configuration.GetSection(OidcConfiguration.Groups.TrimEnd(':')).AsEnumerable()
            .Where(entry => entry.Value is not null).Select(entry => entry.Key).Order(StringComparer.OrdinalIgnoreCase);
        return new PortalSettings([.. SettingKeys.All.Concat(groups).Select(key => SettingOf(configuration, key))]);
    }

    private static PortalSetting SettingOf(IConfigurationRoot configuration, string key)
    {
        var isSecret = SettingKeys.IsSecret(key);
        // As configuration itself does: who comes last counts. An empty value is none.
        foreach (var provider in configuration.Providers.Reverse())
        {
            if (provider.TryGet(key, out var value))
                return string.IsNullOrEmpty(value) ? new PortalSetting(key, null, null, isSecret) : new PortalSetting(key, isSecret ? null : value, SourceOf(provider), isSecret);
        }

        return new PortalSetting(key, null, null, isSecret);
    }

    private static string SourceOf(IConfigurationProvider provider) => provider switch
    {
        JsonConfigurationProvider json => json.Source.Path ?? "a JSON file",
        EnvironmentVariablesConfigurationProvider => "environment",
        CommandLineConfigurationProvider => "command line",
        _ => "host",
    };
}
