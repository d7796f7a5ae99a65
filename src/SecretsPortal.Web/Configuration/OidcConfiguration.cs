using System.Net;
using SecretsPortal.Services;

namespace SecretsPortal.Web.Configuration;

/// <summary>Reads and checks the settings of the OpenID Connect provider.</summary>
internal static class OidcConfiguration
{
    /// <summary>What the names of groups begin with; the rest of the key is the group's name at the provider.</summary>
    public const string Groups = "Portal:Oidc:Groups:";

    private static readonly string[] s_defaultScopes = ["openid", "profile", "email"];

    /// <summary>The settings; null where there is no provider, or where they are faulty, each fault being named.</summary>
    public static OidcOptions? Read(IConfiguration configuration, SettingReader settings)
    {
        var section = configuration.GetSection("Portal:Oidc");
        if (!section.AsEnumerable().Any(static entry => !string.IsNullOrWhiteSpace(entry.Value)))
            return null;
        var authority = Authority(settings);
        var clientId = settings.Required(SettingKeys.OidcClientId, "the portal's name at the provider", longest: 256);
        var groups = ReadGroups(configuration, settings);
        var options = new OidcOptions
        {
            Authority = authority ?? new Uri("https://invalid"),
            ClientId = clientId ?? "",
            ClientSecret = settings.SecretFile(SettingKeys.OidcClientSecretFile),
            Scopes = Scopes(settings),
            GroupsClaim = settings.Word(SettingKeys.OidcGroupsClaim) ?? "groups",
            NameClaim = settings.Word(SettingKeys.OidcNameClaim) ?? "preferred_username",
            DisplayName = settings.Words(SettingKeys.OidcDisplayName, longest: 64) ?? "single sign-on",
            RequireVerifiedEmail = settings.OneOf(SettingKeys.OidcRequireVerifiedEmail, "true", "false") != "false",
            Groups = groups,
        };
        return authority is null || clientId is null ? null : options;
    }

    private static Uri? Authority(SettingReader settings)
    {
        const string rule = "must be the provider's issuer: an address like https://login.example.com/realm, https alone (http on this machine only), without query";
        var text = settings.Required(SettingKeys.OidcAuthority, "the provider's issuer, an address of https", longest: 512);
        if (text is null)
            return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address is { Query: "", Fragment: "", UserInfo: "" }
            && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && IsLoopback(address))))
            return address;
        settings.Fault($"{SettingKeys.OidcAuthority} {rule}.");
        return null;
    }

    private static bool IsLoopback(Uri address) =>
        address.Host == "localhost" || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));

    private static string[] Scopes(SettingReader settings)
    {
        if (settings.Words(SettingKeys.OidcScopes, longest: 512) is not { } text)
            return s_defaultScopes;
        var scopes = text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        if (!scopes.Contains("openid", StringComparer.Ordinal))
            settings.Fault($"{SettingKeys.OidcScopes} must contain openid.");
        return scopes;
    }

    private static Dictionary<string, IReadOnlyList<string>> ReadGroups(IConfiguration configuration, SettingReader settings)
    {
        var groups = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var (key, value) in configuration.GetSection(Groups.TrimEnd(':')).AsEnumerable())
        {
            if (value is null || key.Length <= Groups.Length)
                continue;
            var names = value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (names.Length == 0)
                settings.Fault($"{key} is empty; name the groups and policies of the portal that the members have, with commas between them.");
            groups[key[Groups.Length..]] = names;
        }

        if (groups.Count == 0)
            settings.Fault($"{Groups}NAME is missing: without a group that maps to something, nobody could sign in. Set it to groups or policies, such as {Groups}secrets-admins = Administrator.");
        return groups;
    }
}
