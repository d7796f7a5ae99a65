using System.Globalization;
using System.Text;
using SecretsPortal.Core;
using SecretsPortal.Core.Naming;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Web.Configuration;

/// <summary>
/// Reads single settings. A setting that is absent or empty gives null; a faulty one gives null too and adds a fault, so that reading
/// goes on to the next.
/// </summary>
internal sealed class SettingReader(IConfiguration configuration, string contentRoot, List<string> faults)
{
    // Far more than any password or connection string; keeps a mistaken path to a device or a log out of memory.
    private const int MaxSecretFileBytes = 65_536;

    public string? FilePath(string key)
    {
        if (Text(key) is not { } path)
            return null;
        if (!path.Contains('\0', StringComparison.Ordinal))
            return Path.GetFullPath(path, contentRoot);
        faults.Add($"{key} holds a character that a path cannot hold.");
        return null;
    }

    public string? Region(string key) => Checked(key, IsRegion, "must be a region's name: words of lower-case letters and a number with hyphens between them, such as us-east-1");

    public IReadOnlyList<string> Regions(string key, string home)
    {
        if (Text(key) is not { } list)
            return [home];
        var regions = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (regions.Length == 0 || !regions.All(IsRegion))
            faults.Add($"{key} must be names of regions with commas between them, such as us-east-1,eu-central-1.");
        else if (!regions.Contains(home))
            faults.Add($"{key} must contain the home region {home} ({SettingKeys.Region}).");
        foreach (var region in regions.CountBy(region => region, StringComparer.Ordinal).Where(region => region.Value > 1 && IsRegion(region.Key)))
            faults.Add($"{key} names {region.Key} more than once.");
        return regions;
    }

    public string? Account(string key) => Checked(key, v => v.Length == 12 && v.All(char.IsAsciiDigit), "must be 12 digits");

    public string? UserName(string key)
    {
        try
        {
            return Text(key) is { } name ? Names.Principal(key, name) : null;
        }
        catch (PortalException refused)
        {
            faults.Add(refused.Message);
            return null;
        }
    }

    public string? AccessKeyId(string key) => Checked(
        key, v => v.Length is >= 16 and <= 128 && v.All(c => char.IsAsciiLetterUpper(c) || char.IsAsciiDigit(c)),
        "must have 16 to 128 upper-case ASCII letters and digits");

    public string? OneOf(string key, params string[] allowed)
    {
        if (Text(key) is not { } value)
            return null;
        var match = allowed.FirstOrDefault(a => a.Equals(value, StringComparison.OrdinalIgnoreCase));
        if (match is null)
            faults.Add($"{key} must be one of {string.Join(", ", allowed)}.");
        return match;
    }

    /// <summary>True where the setting has a value.</summary>
    public bool IsSet(string key) => Text(key) is not null;

    /// <summary>True where one of the settings has a value.</summary>
    public bool IsAnySet(params ReadOnlySpan<string> keys)
    {
        foreach (var key in keys)
        {
            if (IsSet(key))
                return true;
        }

        return false;
    }

    /// <summary>Adds a fault; it begins with the setting's key.</summary>
    public void Fault(string fault) => faults.Add(fault);

    /// <summary>A name without blanks or control characters, at most 256 characters.</summary>
    public string? Word(string key) => Checked(
        key, v => v.Length <= 256 && !v.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)), "must have at most 256 characters, none of them a blank");

    /// <summary>A text without control characters.</summary>
    public string? Words(string key, int longest) => Checked(
        key, v => v.Length <= longest && !v.Any(char.IsControl), $"must have at most {longest} characters and no control characters");

    /// <summary>A secret from the file that the setting names.</summary>
    public SecretText? SecretFile(string key) => FilePath(key) is { } path ? FromFile(key, path) : null;

    /// <summary>A setting that can't be left out; <paramref name="what"/> says what it is.</summary>
    public string? Required(string key, string what, int longest)
    {
        if (Text(key) is null)
            faults.Add($"{key} is missing: {what}.");
        return Checked(key, v => v.Length <= longest && !v.Any(char.IsControl), $"must have at most {longest} characters and no control characters");
    }

    /// <summary>A whole number.</summary>
    public int? Number(string key, int least, int greatest)
    {
        var isValid = int.TryParse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= greatest;
        return Checked(key, _ => isValid, $"must be a whole number from {least} to {greatest}") is null || !isValid ? null : number;
    }

    /// <summary>An address of https with neither path nor query nor user.</summary>
    public Uri? HttpsAddress(string key, string example)
    {
        var isValid = Uri.TryCreate(Text(key), UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps
            && address is { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "" };
        return Checked(key, _ => isValid, $"must be an address like {example}: https alone, and no path") is null || !isValid ? null : address;
    }

    /// <summary>A file that must be there; <paramref name="what"/> says which.</summary>
    public string? ExistingFile(string key, string what)
    {
        if (Text(key) is null)
            faults.Add($"{key} is missing: {what}.");
        if (FilePath(key) is not { } path)
            return null;
        if (File.Exists(path))
            return path;
        faults.Add($"{key}: the file {path} does not exist. It must be {what}.");
        return null;
    }

    /// <summary>A file that must be there, that the portal may read and that not everybody may.</summary>
    public string? PrivateFile(string key, string what)
    {
        if (ExistingFile(key, what) is not { } path)
            return null;
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != 0)
        {
            faults.Add($"{key}: everybody may use the file {path}. Run: chmod 600 {path}");
            return null;
        }

        try
        {
            File.OpenRead(path).Dispose();
            return path;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            faults.Add($"{key}: the file {path} cannot be read ({Reason(fault)}).");
            return null;
        }
    }

    /// <summary>A secret, from the setting itself or from the file that the other setting names. Faults never show it.</summary>
    public SecretText? Secret(string key, string fileKey)
    {
        var value = Text(key);
        if (Text(fileKey) is not { } path)
            return value is null ? null : new SecretText(value);
        if (value is null)
            return FromFile(fileKey, Path.GetFullPath(path, contentRoot));
        faults.Add($"{fileKey} and {key} are both set; set one of them.");
        return null;
    }

    // The form of the API's model, without which no client could name the region in a request: words and, at the end, a number.
    private static bool IsRegion(string value) =>
        value.Length <= 64 && value.Split('-') is [.. { Length: > 0 } words, var number]
        && words.All(word => word.Length > 0 && word.All(char.IsAsciiLetterLower)) && number.Length > 0 && number.All(char.IsAsciiDigit);

    /// <summary>The setting as it is; null where it is absent or blank.</summary>
    public string? Text(string key) => configuration[key] is { } value && value.Trim().Length > 0 ? value.Trim() : null;

    private string? Checked(string key, Func<string, bool> isValid, string rule)
    {
        if (Text(key) is not { } value || isValid(value))
            return Text(key);
        faults.Add($"{key} {rule}.");
        return null;
    }

    private SecretText? FromFile(string key, string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            using var reader = new StreamReader(
                file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: false);
            var buffer = new char[MaxSecretFileBytes + 1];
            var length = reader.ReadBlock(buffer);
            var text = new string(buffer, 0, length).TrimStart('\uFEFF').TrimEnd('\r', '\n');
            if (length <= MaxSecretFileBytes && text.Length > 0)
                return new SecretText(text);
            faults.Add($"{key}: the file {path} {(text.Length == 0 ? "is empty" : "is too long to hold a secret")}.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            faults.Add($"{key}: the file {path} cannot be read ({Reason(fault)}).");
        }

        return null;
    }

    private static string Reason(Exception fault) => fault switch
    {
        FileNotFoundException or DirectoryNotFoundException => "it does not exist",
        UnauthorizedAccessException => "access is denied, or it is a directory",
        DecoderFallbackException => "it is not UTF-8 text",
        _ => "an I/O error",
    };
}
