using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SecretsPortal.Services.Rotation.Functions;

namespace SecretsPortal.Web.Configuration;

/// <summary>Reads and checks the <c>Portal:Functions</c> section.</summary>
internal static class FunctionConfiguration
{
    private const int LeastUserId = 1000;

    /// <summary>The options; faults are added to those that <paramref name="settings"/> collects.</summary>
    public static FunctionOptions Read(SettingReader settings)
    {
        var defaults = new FunctionOptions();
        return new FunctionOptions
        {
            Directory = Directory(settings),
            Endpoint = Endpoint(settings),
            AllowedAddresses = AllowedAddresses(settings, SettingKeys.FunctionsAllowedAddresses),
            CaFile = CaFile(settings),
            FirstUserId = settings.Number(SettingKeys.FunctionsFirstUserId, LeastUserId, int.MaxValue - FunctionOptions.UserIds) ?? defaults.FirstUserId,
        };
    }

    private static string? Directory(SettingReader settings)
    {
        if (settings.FilePath(SettingKeys.FunctionsDirectory) is not { } path)
            return null;
        if (!System.IO.Directory.Exists(path))
            settings.Fault($"{SettingKeys.FunctionsDirectory}: the folder {path} does not exist. It must be the one below which the code of rotation functions lies.");
        return path;
    }

    private static Uri? Endpoint(SettingReader settings)
    {
        if (settings.Text(SettingKeys.FunctionsEndpoint) is not { } text)
            return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "https" or "http" && address is { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" })
            return address;
        settings.Fault($"{SettingKeys.FunctionsEndpoint} must be the portal's address as functions reach it, such as https://secrets.example.com, without a path.");
        return null;
    }

    /// <summary>A list of addresses, ranges and hosts, separated by commas.</summary>
    public static List<AllowedAddress> AllowedAddresses(SettingReader settings, string key)
    {
        var allowed = new List<AllowedAddress>();
        foreach (var text in (settings.Text(key) ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (AllowedAddress.TryParse(text) is { } address)
                allowed.Add(address);
            else
                settings.Fault($"{key}: {text} is neither an address, nor a range such as 10.0.0.0/8, nor a host's name.");
        }

        return allowed;
    }

    private static string? CaFile(SettingReader settings)
    {
        if (!settings.IsSet(SettingKeys.FunctionsCaFile) || settings.ExistingFile(SettingKeys.FunctionsCaFile, "certificates in PEM that vouch for endpoints and webhooks") is not { } path)
            return null;
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(path);
            if (certificates.Count > 0)
                return path;
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException)
        {
            // The same as none.
        }

        settings.Fault($"{SettingKeys.FunctionsCaFile}: the file {path} holds no certificate in PEM that can be read.");
        return null;
    }
}
