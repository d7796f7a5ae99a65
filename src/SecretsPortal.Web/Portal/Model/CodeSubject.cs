using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>What sample code is about: a secret's place and what is known of it beside its value, which no sample holds.</summary>
public sealed record CodeSubject
{
    /// <summary>The secret's name.</summary>
    public required string Name { get; init; }

    /// <summary>The region that the secret is in.</summary>
    public required string Region { get; init; }

    /// <summary>The value's kind; null while there is no value.</summary>
    public SecretKind? Kind { get; init; }

    /// <summary>The description; null or empty for none.</summary>
    public string? Description { get; init; }

    /// <summary>The id, ARN or alias of the KMS key that was chosen; null for the default one.</summary>
    public string? KmsKeyId { get; init; }

    /// <summary>The tags.</summary>
    public IReadOnlyList<SecretTag> Tags { get; init; } = [];

    /// <summary>The regions that the secret is replicated to.</summary>
    public IReadOnlyList<string> ReplicaRegions { get; init; } = [];

    /// <summary>When it rotates; null where it does not, or only by hand.</summary>
    public RotationSchedule? Schedule { get; init; }

    /// <summary>The ARN of the rotation function; null for the built-in rotator.</summary>
    public string? FunctionArn { get; init; }

    /// <summary>The member that the generator makes anew; null where it makes the whole value, or another rotator rotates.</summary>
    public string? GeneratedField { get; init; }

    /// <summary>True where Terraform shall rotate the secret as soon as it declares the rotation.</summary>
    public bool RotatesAtOnce { get; init; }

    /// <summary>The ARN of a secret that is stored already: Terraform then imports it and leaves its value alone. Null for one that is not.</summary>
    public string? Arn { get; init; }

    /// <summary>True where the value is an object of names and values.</summary>
    public bool HasFields => Kind is not (null or SecretKind.Text);

    /// <summary>True where the value holds a user and a password.</summary>
    public bool IsDatabase => HasFields && Kind != SecretKind.KeyValue;

    /// <summary>What is known of a stored secret.</summary>
    public static CodeSubject Of(Secret secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        return new CodeSubject
        {
            Name = secret.Name,
            Region = secret.Arn.Region,
            Kind = secret.Kind,
            Description = secret.Description,
            KmsKeyId = secret.KmsKeyId,
            Tags = secret.Tags ?? [],
            ReplicaRegions = [.. secret.Replicas.Select(static replica => replica.Region)],
            Schedule = secret.Rotation is { Enabled: true } rotation ? rotation.Schedule : null,
            FunctionArn = secret.Rotation?.FunctionArn,
            GeneratedField = secret.Rotation?.ExternalMetadata?.FirstOrDefault(static item => item.Key == "field")?.Value,
            Arn = secret.Arn.ToString(),
        };
    }
}
