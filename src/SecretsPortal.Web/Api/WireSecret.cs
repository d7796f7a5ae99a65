using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Web.Api;

/// <summary>A secret without its values, as DescribeSecret and ListSecrets tell of it; absent members are left out.</summary>
internal abstract record WireSecret
{
    protected WireSecret(Secret secret)
    {
        ARN = secret.Arn.ToString();
        Name = secret.Name;
        Type = secret.PartnerType;
        Description = secret.Description;
        KmsKeyId = secret.KmsKeyId;
        RotationEnabled = secret.Rotation?.Enabled;
        RotationLambdaARN = secret.Rotation?.FunctionArn;
        RotationRules = WireRotationRules.From(secret.Rotation?.Schedule);
        ExternalSecretRotationMetadata = WireExternalItem.From(secret.Rotation?.ExternalMetadata);
        ExternalSecretRotationRoleArn = secret.Rotation?.ExternalRoleArn;
        LastRotatedDate = secret.LastRotatedAt;
        LastChangedDate = secret.LastChangedAt;
        LastAccessedDate = secret.LastAccessedOn;
        DeletedDate = secret.DeletedAt;
        NextRotationDate = secret.Rotation?.NextWindowEnd;
        Tags = WireTag.From(secret.Tags);
        CreatedDate = secret.CreatedAt;
        PrimaryRegion = secret.ReplicatedFrom;
    }

    public string ARN { get; }
    public string Name { get; }
    public string? Type { get; }
    public string? Description { get; }
    public string? KmsKeyId { get; }
    public bool? RotationEnabled { get; }
    public string? RotationLambdaARN { get; }
    public WireRotationRules? RotationRules { get; }
    public IReadOnlyList<WireExternalItem>? ExternalSecretRotationMetadata { get; }
    public string? ExternalSecretRotationRoleArn { get; }
    public DateTimeOffset? LastRotatedDate { get; }
    public DateTimeOffset? LastChangedDate { get; }
    public DateOnly? LastAccessedDate { get; }
    public DateTimeOffset? DeletedDate { get; }
    public DateTimeOffset? NextRotationDate { get; }
    public IReadOnlyList<WireTag>? Tags { get; }

    // OwningService is never there: no service manages secrets of the portal.
    public DateTimeOffset CreatedDate { get; }
    public string? PrimaryRegion { get; }
}

/// <summary>An item of what a partner's rotation needs to know, on the wire.</summary>
internal sealed record WireExternalItem(string? Key, string? Value)
{
    /// <summary>Checked items in the domain's form.</summary>
    public static IReadOnlyList<ExternalRotationItem>? ToItems(IReadOnlyList<WireExternalItem?>? items) =>
        items is null ? null : [.. items.Select(item => new ExternalRotationItem(item!.Key!, item.Value!))];

    /// <summary>Items on their way out; null where there are none.</summary>
    public static IReadOnlyList<WireExternalItem>? From(IReadOnlyList<ExternalRotationItem>? items) =>
        items is null ? null : [.. items.Select(item => new WireExternalItem(item.Key, item.Value))];
}
