namespace SecretsPortal.Core.Secrets;

/// <summary>
/// What a caller names a secret by: a name, a full ARN, or an ARN without the suffix. Which of the last two an ARN is can
/// only the store tell: it looks for the full ARN first and then for a secret of that name.
/// </summary>
public sealed record SecretId
{
    /// <summary>The longest SecretId, in characters.</summary>
    public const int MaxLength = 2048;

    private SecretId(string text, string name, SecretArn? arn)
    {
        Text = text;
        Name = name;
        Arn = arn;
    }

    /// <summary>As the caller wrote it.</summary>
    public string Text { get; }

    /// <summary>The name to look for: the text itself, or an ARN's resource part (a partial ARN's name).</summary>
    public string Name { get; }

    /// <summary>The ARN, where it was one.</summary>
    public SecretArn? Arn { get; }

    /// <summary>Reads a SecretId; <see cref="PortalError.Validation"/> where it cannot name a secret.</summary>
    public static SecretId Parse(string text)
    {
        if (SecretArn.TryParse(text, out var arn))
            return new SecretId(text, arn.Resource, arn);
        SecretName.Check(text);
        return new SecretId(text, text, arn: null);
    }

    /// <inheritdoc/>
    public override string ToString() => Text;
}
