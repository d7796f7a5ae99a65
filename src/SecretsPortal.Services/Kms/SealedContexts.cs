using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Keys;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Kms;

/// <summary>What each sort of sealed value belongs to: the same when it is sealed, opened, and wrapped anew.</summary>
internal static class SealedContexts
{
    /// <summary>Of a secret's version.</summary>
    public static EncryptionContext OfVersion(PortalOptions options, SecretArn arn, string versionId) => new(options.AccountId, arn.ToString(), versionId);

    /// <summary>Of the secret half of an access key.</summary>
    public static EncryptionContext OfAccessKey(PortalOptions options, string accessKeyId) => new(options.AccountId, $"access-key/{accessKeyId}", "");

    /// <summary>Of one of the portal's own keys.</summary>
    public static EncryptionContext OfPortalKey(PortalOptions options, string name) => new(options.AccountId, $"portal-key/{name}", "");

    /// <summary>Of a user's second factor.</summary>
    public static EncryptionContext OfSecondFactor(PortalOptions options, string userId) => new(options.AccountId, $"second-factor/{userId}", "");

    /// <summary>Of the key that requests to a rotation function are signed with.</summary>
    public static EncryptionContext OfFunction(PortalOptions options, string callerId) => new(options.AccountId, $"rotation-function/{callerId}", "");

    /// <summary>Of a row that is to be wrapped anew.</summary>
    public static EncryptionContext Of(PortalOptions options, SealedRow row) => row.Stage switch
    {
        RewrapStage.SecretVersion => new EncryptionContext(options.AccountId, row.Arn, row.VersionId),
        RewrapStage.AccessKey => OfAccessKey(options, row.Id),
        RewrapStage.PortalKey => OfPortalKey(options, row.Id),
        RewrapStage.SecondFactor => OfSecondFactor(options, row.Id),
        _ => OfFunction(options, row.Id),
    };
}
