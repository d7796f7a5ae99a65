using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Schemas;

/// <summary>Checks that several attributes share. Texts may be secret, so no message repeats a value unless it is a number.</summary>
internal static class Validators
{
    /// <summary>A whole number in a range, both ends included.</summary>
    public static Validator WholeNumber(int from, int to, string meaning) => (value, path, diagnostics) =>
    {
        if (value is TfNumber number && (!decimal.IsInteger(number.Value) || number.Value < from || number.Value > to))
            diagnostics.Error($"Invalid {path}", $"{meaning} It must be a whole number from {from} to {to}.", path);
    };

    /// <summary>A text whose length in characters lies in a range.</summary>
    public static Validator Length(int from, int to) => (value, path, diagnostics) =>
    {
        if (value is TfText text && (text.Value.Length < from || text.Value.Length > to))
            diagnostics.Error($"Invalid {path}", $"It must have {from} to {to} characters; it has {text.Value.Length}.", path);
    };

    /// <summary>As <see cref="Length"/> for a text that is secret: how long it is stays untold.</summary>
    public static Validator SecretLength(int from, int to) => (value, path, diagnostics) =>
    {
        if (value is TfText text && (text.Value.Length < from || text.Value.Length > to))
            diagnostics.Error($"Invalid {path}", $"It must have {from} to {to} characters.", path);
    };

    /// <summary>One of a few texts.</summary>
    public static Validator OneOf(params string[] allowed) => (value, path, diagnostics) =>
    {
        if (value is TfText text && !allowed.Contains(text.Value))
            diagnostics.Error($"Invalid {path}", $"It must be one of {string.Join(", ", allowed)}.", path);
    };

    /// <summary>A time such as <c>90s</c>, <c>5m</c> or <c>1h</c>.</summary>
    public static void Duration(TfValue value, AttributePath path, Diagnostics diagnostics)
    {
        if (value is TfText text && Resources.Timeouts.Parse(text.Value) is null)
            diagnostics.Error($"Invalid {path}", "It must be a whole number with s, m or h behind it, from a second to a day: 90s, 5m, 1h.", path);
    }

    /// <summary>A name of a client, group, policy or user.</summary>
    public static void PortalName(TfValue value, AttributePath path, Diagnostics diagnostics)
    {
        if (value is TfText text && (text.Value.Length is 0 or > 64 || !text.Value.All(c => char.IsAsciiLetterOrDigit(c) || "+=,.@_-".Contains(c, StringComparison.Ordinal))))
            diagnostics.Error($"Invalid {path}", "A name has 1 to 64 characters: ASCII letters, digits, and any of +=,.@_-", path);
    }

    /// <summary>An identity policy in IAM's JSON.</summary>
    public static void IdentityPolicy(TfValue value, AttributePath path, Diagnostics diagnostics) => Policy(value, path, diagnostics, isResourcePolicy: false);

    /// <summary>A resource policy in IAM's JSON.</summary>
    public static void ResourcePolicy(TfValue value, AttributePath path, Diagnostics diagnostics) => Policy(value, path, diagnostics, isResourcePolicy: true);

    /// <summary>A point in time in RFC 3339.</summary>
    public static void Time(TfValue value, AttributePath path, Diagnostics diagnostics)
    {
        if (value is TfText text && !DateTimeOffset.TryParseExact(text.Value, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"],
            System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.AssumeUniversal, out _))
            diagnostics.Error($"Invalid {path}", "It must be a time in RFC 3339, such as 2030-01-31T00:00:00Z.", path);
    }

    /// <summary>A secret's name.</summary>
    public static void Name(TfValue value, AttributePath path, Diagnostics diagnostics)
    {
        if (value is TfText text && !SecretName.IsValid(text.Value))
            diagnostics.Error($"Invalid {path}",
                $"A secret's name has 1 to {SecretName.MaxLength} characters: ASCII letters, digits, and any of -/_+=.@!", path);
    }

    /// <summary>A secret's name or ARN.</summary>
    public static void Id(TfValue value, AttributePath path, Diagnostics diagnostics)
    {
        if (value is not TfText text)
            return;
        try
        {
            SecretId.Parse(text.Value);
        }
        catch (PortalException)
        {
            diagnostics.Error($"Invalid {path}",
                "It must be a secret's name (letters, digits, -/_+=.@!) or its ARN (arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-xxxxxx).", path);
        }
    }

    /// <summary>Tags: at most 50, keys of 1–128 and values of up to 256 characters, no key that begins with <c>aws:</c>.</summary>
    public static void Tags(TfValue value, AttributePath path, Diagnostics diagnostics)
    {
        if (value is not TfObject tags)
            return;
        if (tags.Members.Count > 50)
            diagnostics.Error($"Invalid {path}", $"A secret has at most 50 tags; these are {tags.Members.Count}.", path);
        foreach (var (key, tag) in tags.Members)
        {
            var here = path.Key(key);
            if (key.Length is 0 or > 128 || key.StartsWith("aws:", StringComparison.OrdinalIgnoreCase))
                diagnostics.Error("Invalid tag key", "A tag's key has 1 to 128 characters and does not begin with aws:.", here);
            if (tag.IsNull)
                diagnostics.Error("Invalid tag value", "A tag's value must not be null; leave the tag out instead.", here);
            if (tag is TfText { Value.Length: > 256 })
                diagnostics.Error("Invalid tag value", "A tag's value has at most 256 characters.", here);
        }
    }

    /// <summary>Staging labels: at least one, at most 20, of 1–256 characters each.</summary>
    public static void Labels(TfValue value, AttributePath path, Diagnostics diagnostics)
    {
        if (value is not TfSequence labels)
            return;
        if (labels.Items.Length is 0 or > StagingLabels.MaxLabels)
            diagnostics.Error($"Invalid {path}",
                $"Name 1 to {StagingLabels.MaxLabels} staging labels, or leave the attribute out to have AWSCURRENT moved to the new version.", path);
        if (labels.Items.Any(i => i.IsNull) || labels.Texts().Any(t => t.Length is 0 or > StagingLabels.MaxLength))
            diagnostics.Error($"Invalid {path}", $"A staging label has 1 to {StagingLabels.MaxLength} characters.", path);
    }

    private static void Policy(TfValue value, AttributePath path, Diagnostics diagnostics, bool isResourcePolicy)
    {
        if (value is not TfText text)
            return;
        try
        {
            PolicyDocument.Parse(text.Value, isResourcePolicy);
        }
        catch (PortalException e)
        {
            diagnostics.Error($"Invalid {path}", e.Message, path);
        }
    }
}
