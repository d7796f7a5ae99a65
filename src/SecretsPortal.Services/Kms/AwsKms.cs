using System.Security.Cryptography;
using Amazon;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using SecretsPortal.Core.Crypto;

namespace SecretsPortal.Services.Kms;

/// <summary>
/// Symmetric keys of AWS KMS, with the encryption context that KMS itself binds. Credentials come by the SDK's chain (environment, profile, container, instance).
/// </summary>
/// <remarks>
/// A key reference is a key id, key ARN, <c>alias/NAME</c> or alias ARN. The version of a key is the ARN of the key that an alias stands for: KMS keeps the
/// versions of its own rotation to itself. Wrapped key: what KMS gave, as it is.
/// Needs kms:Encrypt, kms:Decrypt and kms:DescribeKey.
/// </remarks>
internal sealed class AwsKms : IKms, IDisposable
{
    private static readonly string[] s_credentialFaults =
        ["UnrecognizedClientException", "InvalidClientTokenId", "ExpiredTokenException", "InvalidSignatureException", "SignatureDoesNotMatch", "MissingAuthenticationToken"];

    private readonly AmazonKeyManagementServiceClient _client;

    /// <param name="options">Where KMS is.</param>
    /// <param name="timeout">Of one attempt; the guard around this provider limits the whole call.</param>
    /// <param name="credentials">Null for the SDK's chain.</param>
    /// <param name="transport">Null for the SDK's own.</param>
    public AwsKms(AwsKmsOptions options, TimeSpan timeout, AWSCredentials? credentials = null, HttpClientFactory? transport = null)
    {
        var config = new AmazonKeyManagementServiceConfig
        {
            Timeout = timeout,
            MaxErrorRetry = 2,
            RetryMode = RequestRetryMode.Standard,
        };
        // Each of the two forgets what the other set.
        if (options.EndpointUrl is { } endpoint)
        {
            config.ServiceURL = endpoint.ToString();
            config.AuthenticationRegion = options.Region;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        }

        if (transport is not null)
            config.HttpClientFactory = transport;
        _client = credentials is null ? new AmazonKeyManagementServiceClient(config) : new AmazonKeyManagementServiceClient(credentials, config);
    }

    /// <inheritdoc/>
    public string Provider => KmsProviders.AwsKms;

    /// <inheritdoc/>
    public async Task<WrappedDataKey> Wrap(
        string keyReference, ReadOnlyMemory<byte> dataKey, IReadOnlyDictionary<string, string> context, CancellationToken cancel)
    {
        using var plaintext = new MemoryStream(dataKey.ToArray());
        var request = new EncryptRequest { KeyId = keyReference, Plaintext = plaintext, EncryptionContext = new(context) };
        try
        {
            var answer = await Call(client => client.EncryptAsync(request, cancel), cancel);
            return new WrappedDataKey(answer.CiphertextBlob.ToArray(), answer.KeyId);
        }
        finally
        {
            Clear(plaintext);
        }
    }

    /// <inheritdoc/>
    public async Task<byte[]> Unwrap(
        string keyReference, WrappedDataKey wrapped, IReadOnlyDictionary<string, string> context, CancellationToken cancel)
    {
        if (wrapped.Bytes.Length == 0 || !Arn.TryParse(wrapped.KeyVersion, out _))
            throw KmsFaults.Refused();
        using var ciphertext = new MemoryStream(wrapped.Bytes);
        // The key is named, so that bytes which another key of the account wrapped do not open.
        var request = new DecryptRequest { KeyId = wrapped.KeyVersion, CiphertextBlob = ciphertext, EncryptionContext = new(context) };
        DecryptResponse answer;
        try
        {
            answer = await Call(client => client.DecryptAsync(request, cancel), cancel);
        }
        catch (Exception fault) when (fault is InvalidCiphertextException or IncorrectKeyException)
        {
            throw KmsFaults.Refused(fault);
        }

        var dataKey = answer.Plaintext.ToArray();
        Clear(answer.Plaintext);
        return dataKey.Length == AesGcmSealer.KeySize ? dataKey : throw KmsFaults.Refused();
    }

    /// <inheritdoc/>
    public async Task<string> CurrentVersion(string keyReference, CancellationToken cancel)
    {
        var key = (await Call(client => client.DescribeKeyAsync(new DescribeKeyRequest { KeyId = keyReference }, cancel), cancel)).KeyMetadata;
        if (key.KeyState != KeyState.Enabled)
            throw KmsFaults.KeyUnusable($"The key in AWS KMS is in the state {key.KeyState}. Enable it there.");
        if (key.KeySpec != KeySpec.SYMMETRIC_DEFAULT || key.KeyUsage != KeyUsageType.ENCRYPT_DECRYPT)
            throw KmsFaults.KeyUnusable("The key in AWS KMS is no symmetric encryption key. Register one of the key spec SYMMETRIC_DEFAULT.");
        return key.Arn;
    }

    /// <inheritdoc/>
    public Task Check(string keyReference, CancellationToken cancel) => CurrentVersion(keyReference, cancel);

    /// <summary>Closes the client.</summary>
    public void Dispose() => _client.Dispose();

    private async Task<T> Call<T>(Func<AmazonKeyManagementServiceClient, Task<T>> call, CancellationToken cancel)
    {
        try
        {
            return await call(_client);
        }
        catch (NotFoundException fault)
        {
            throw KmsFaults.KeyUnusable("AWS KMS has no such key, or no longer, in the region of Portal:Kms:AwsKms:Region. Correct the key reference (Portal:Kms:KeyReference for the default key).", fault);
        }
        catch (Exception fault) when (fault is DisabledException or KMSInvalidStateException or InvalidKeyUsageException or InvalidArnException)
        {
            throw KmsFaults.KeyUnusable("The key in AWS KMS is disabled, marked for deletion, or of another kind. Enable it there, or register another.", fault);
        }
        catch (KeyUnavailableException fault)
        {
            throw new KmsOutageException("AWS KMS can't use the key for the moment. Try again later.", fault);
        }
        catch (AmazonKeyManagementServiceException fault) when (fault.ErrorCode == "AccessDeniedException")
        {
            throw KmsFaults.KeyUnusable("AWS KMS does not let the portal use the key. Grant its identity kms:Encrypt, kms:Decrypt and kms:DescribeKey on it.", fault);
        }
        catch (AmazonKeyManagementServiceException fault) when (s_credentialFaults.Contains(fault.ErrorCode))
        {
            throw new KmsOutageException($"AWS KMS does not accept the portal's credentials ({fault.ErrorCode}). Check the environment, profile or role that the AWS SDK takes them from.", fault);
        }
        catch (AmazonKeyManagementServiceException fault) when (fault is not (InvalidCiphertextException or IncorrectKeyException))
        {
            throw new KmsOutageException(
                fault.ErrorCode is "ThrottlingException" or "LimitExceededException" ? "AWS KMS is throttling. Try again later." : $"AWS KMS fails ({fault.ErrorCode}). Try again later.", fault);
        }
        catch (Exception fault) when (fault is AmazonClientException or HttpRequestException or IOException or TimeoutException
            || (fault is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw new KmsOutageException("AWS KMS can't be reached, or the portal has no AWS credentials. Check Portal:Kms:AwsKms:EndpointUrl, the network, and where the AWS SDK takes credentials from.", fault);
        }
    }

    private static void Clear(MemoryStream stream)
    {
        if (stream.TryGetBuffer(out var buffer))
            CryptographicOperations.ZeroMemory(buffer);
    }
}
