using SecretsPortal.Core.Policies;
using System.Security.Cryptography;
using System.Text;
using SecretsPortal.Core;
using SecretsPortal.Core.Naming;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Access;

/// <summary>What users, clients, groups and policies may look like, and how their parts are made.</summary>
internal static class AccessRules
{
    /// <summary>Access keys of one client: the one in use and the one that takes its place.</summary>
    public const int MostKeys = 2;

    /// <summary>Policies that can be attached to one user, client or group.</summary>
    public const int MostPolicies = 10;

    /// <summary>Groups that one user or client can be in. With <see cref="MostPolicies"/> it bounds what a decision looks at.</summary>
    public const int MostGroups = 10;

    /// <summary>Rows of a page.</summary>
    public const int MostResults = 100;

    private const int MostTags = 50;
    private const int LongestDescription = 2048;
    private const int LongestDisplayName = 256;
    private const int LongestEmail = 320;
    private const int LongestIssuer = 512;
    private const int LongestSubject = 255;
    private const int ShortestSecretHalf = 40;
    private const int LongestSecretHalf = 256;

    private const string LettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private const string KeyIdCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>A description, null for none: an empty one is none.</summary>
    public static string? Description(string? text) => Text("description", text, LongestDescription, mayHaveLines: true);

    /// <summary>A user's name for people.</summary>
    public static string? DisplayName(string? text) => Text("displayName", text, LongestDisplayName);

    /// <summary>An e-mail address, for people to read: nothing is sent to it and nobody is told apart by it.</summary>
    public static string? Email(string? text)
    {
        var email = Text("email", text, LongestEmail);
        return email is null || (email.Split('@') is [{ Length: > 0 }, { Length: > 0 }] && !email.Any(char.IsWhiteSpace))
            ? email
            : throw Broken("email must look like NAME@HOST, without blanks.");
    }

    /// <summary>Issuer and subject of an identity provider's user: both or neither.</summary>
    public static (string? Issuer, string? Subject) Binding(string? issuer, string? subject)
    {
        var (by, of) = (Text("issuer", issuer, LongestIssuer), Text("subject", subject, LongestSubject));
        if (by is null != of is null)
            throw Broken("issuer and subject belong together: give both for a user of an identity provider, or neither.");
        if (by is not null && !(Uri.TryCreate(by, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http"))
            throw Broken("issuer must be the identity provider's URL, exactly as its tokens have it in iss.");
        return (by, of);
    }

    /// <summary>At most 50 tags, each key once: policies ignore case, and two keys that differ in it alone would answer none of them.</summary>
    public static IReadOnlyList<CallerTag> Tags(IReadOnlyList<CallerTag> tags)
    {
        if (tags.Count > MostTags)
            throw Broken($"tags can be {MostTags} at most.");
        foreach (var (index, tag) in tags.Index())
        {
            Names.TagKey($"tags[{index}].key", tag.Key);
            Names.TagValue($"tags[{index}].value", tag.Value);
        }

        return tags.DistinctBy(tag => Names.CaseKey(tag.Key), StringComparer.Ordinal).Count() == tags.Count
            ? tags
            : throw Broken("tags has a key twice, or two keys that differ in case alone. Give each key once.");
    }

    /// <summary>The secret half of an access key that its owner chose: 40–256 printable ASCII characters without blanks.</summary>
    public static SecretText SecretHalf(SecretText given)
    {
        var text = given.Reveal();
        return text.Length is >= ShortestSecretHalf and <= LongestSecretHalf && text.All(c => c is > ' ' and <= '~')
            ? given
            : throw Broken($"secretAccessKey must have {ShortestSecretHalf} to {LongestSecretHalf} printable ASCII characters without blanks. Leave it out to have one made.");
    }

    /// <summary>An expiry must lie ahead.</summary>
    public static DateTimeOffset? Expiry(DateTimeOffset? expiresAt, DateTimeOffset now) =>
        expiresAt is { } end && end <= now ? throw Broken("expiresAt must lie in the future. To end a key now, disable or delete it.") : expiresAt;

    /// <summary>Refuses a change that was made upon another state than the present one.</summary>
    public static void Revision(long? expected, long present)
    {
        if (expected is { } revision && revision != present)
            throw new PortalException(PortalError.PreconditionNotMet,
                "It was changed by somebody else meanwhile, so your change was not saved. Load it again and repeat your change.");
    }

    /// <summary>A new access key id: <c>AKIA</c> and 80 random bits.</summary>
    public static string NewKeyId() => "AKIA" + RandomNumberGenerator.GetString(KeyIdCharacters, 16);

    /// <summary>A new secret half: 238 random bits.</summary>
    public static SecretText NewSecretHalf() => new(RandomNumberGenerator.GetString(LettersAndDigits, 40));

    /// <summary>A new password to be handed over and changed: 142 random bits.</summary>
    public static SecretText NewPassword() => new(RandomNumberGenerator.GetString(LettersAndDigits, 24));

    /// <summary>A new id: 32 hexadecimal digits that rise with time.</summary>
    public static string NewId(DateTimeOffset now) => Guid.CreateVersion7(now).ToString("N");

    /// <summary>A fault of one field; the message begins with it.</summary>
    public static PortalException Broken(string message) => new(PortalError.Validation, message);

    private static string? Text(string field, string? text, int longest, bool mayHaveLines = false)
    {
        if (string.IsNullOrEmpty(text))
            return null;
        if (text.Length > longest)
            throw Broken($"{field} can have {longest} characters at most.");
        if (text.EnumerateRunes().Any(rune => rune == Rune.ReplacementChar || (Rune.IsControl(rune) && !(mayHaveLines && rune.Value is '\n' or '\r' or '\t'))))
            throw Broken($"{field} can't have control characters or broken ones. Remove them.");
        return text;
    }
}
