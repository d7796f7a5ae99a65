using SecretsPortal.Core;
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
}
