using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>Attributes that several resources of the administration API share.</summary>
internal static class AdminAttributes
{
    /// <summary>The name, which cannot be changed.</summary>
    public static readonly SchemaAttribute Name = new("name", Presence.Required, "1 to 64 ASCII letters, digits and `+=,.@_-`. Another name is another one.")
    {
        Type = TfType.Text, ReplaceOnChange = true, Validators = [Validators.PortalName],
    };

    /// <summary>The ARN.</summary>
    public static readonly SchemaAttribute Arn = new("arn", Presence.Computed, "The ARN, as policies name it.") { Type = TfType.Text, KeptOnUpdate = true };

    /// <summary>What it is for.</summary>
    public static readonly SchemaAttribute Description = new("description", Presence.Optional, "What it is there for; up to 2,048 characters.")
    {
        Type = TfType.Text, Validators = [Validators.Length(0, 2048)],
    };

    /// <summary>Whether it is refused.</summary>
    public static readonly SchemaAttribute Disabled = new("disabled", Presence.OptionalComputed, "Refused everywhere, at once. Default false.")
    {
        Type = TfType.Flag, Default = TfValue.Of(false), Wire = "isDisabled", ChangesOnly = true,
    };

    /// <summary>When it was made.</summary>
    public static readonly SchemaAttribute CreatedAt = new("created_at", Presence.Computed, "When it was made, in RFC 3339.") { Type = TfType.Text, KeptOnUpdate = true };

    /// <summary>Tags of a principal.</summary>
    public static readonly SchemaAttribute PrincipalTags = new("tags", Presence.Optional, "The condition keys `aws:PrincipalTag/KEY`, at most 50.")
    {
        Type = TfType.MapOf(TfType.Text), Validators = [Validators.Tags],
    };

    /// <summary>The id that Terraform shows; <paramref name="of"/> says what it is.</summary>
    public static SchemaAttribute Id(string of) => new("id", Presence.Computed, of) { Type = TfType.Text, KeptOnUpdate = true, Local = true };
}
