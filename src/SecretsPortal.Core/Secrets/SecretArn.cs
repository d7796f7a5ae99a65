namespace SecretsPortal.Core.Secrets;

/// <summary>
/// <c>arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-xxxxxx</c>. The six characters are chosen anew whenever a name is
/// created, so an ARN that a policy names never means a later secret of the same name.
/// </summary>
public sealed record SecretArn
{
    /// <summary>Letters and digits that follow the name's hyphen.</summary>
    public const int SuffixLength = 6;

    private const int MaxRegionLength = 64;

    private const string Prefix = "arn:aws:secretsmanager:";

    private readonly string _text;

    private SecretArn(string region, string account, string resource)
    {
        Region = region;
        Account = account;
        Resource = resource;
        _text = $"{Prefix}{region}:{account}:secret:{resource}";
    }

    /// <summary>The region, such as <c>us-east-1</c>.</summary>
    public string Region { get; }

    /// <summary>The 12-digit account.</summary>
    public string Account { get; }

    /// <summary>Name, hyphen and suffix; of a partial ARN the name alone.</summary>
    public string Resource { get; }

    /// <summary>True where the resource ends as a full ARN does, in a hyphen and six letters or digits; a name may end so, too.</summary>
    public bool HasSuffix => Resource.Length > SuffixLength + 1 && Resource[^(SuffixLength + 1)] == '-' && Resource[^SuffixLength..].All(char.IsAsciiLetterOrDigit);

    /// <summary>The name that a full ARN means; the resource as it stands where it has no suffix.</summary>
    public string NameBeforeSuffix => HasSuffix ? Resource[..^(SuffixLength + 1)] : Resource;

    /// <summary>The ARN of a new secret.</summary>
    /// <param name="region">The secret's region.</param>
    /// <param name="account">The portal's account.</param>
    /// <param name="name">A valid name.</param>
    /// <param name="suffix">Six ASCII letters or digits.</param>
    public static SecretArn Create(string region, string account, string name, string suffix) =>
        suffix.Length == SuffixLength && suffix.All(char.IsAsciiLetterOrDigit)
            ? new SecretArn(region, account, $"{name}-{suffix}")
            : throw new ArgumentException("The suffix must be six ASCII letters or digits.", nameof(suffix));

    /// <summary>The same name and suffix in another region: the ARN of a replica, or of a replica's primary.</summary>
    public SecretArn InRegion(string region) => new(region, Account, Resource);

    /// <summary>Reads a full or partial ARN; false for anything else, with a bad name in it too.</summary>
    public static bool TryParse(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SecretArn? arn)
    {
        arn = null;
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        var parts = text[Prefix.Length..].Split(':');
        if (parts is not [var region, var account, "secret", var resource]
            || region.Length is 0 or > MaxRegionLength || !region.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            || account.Length != 12 || !account.All(char.IsAsciiDigit)
            || resource.Length is 0 or > SecretName.MaxLength + 1 + SuffixLength
            || !SecretName.HasNameCharactersOnly(resource))
            return false;
        arn = new SecretArn(region, account, resource);
        return true;
    }

    /// <summary>The ARN's text.</summary>
    public override string ToString() => _text;
}
