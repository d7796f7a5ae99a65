using System.Security.Cryptography;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Secrets;

/// <summary>ARNs of new secrets.</summary>
internal static class SecretArns
{
    private const string SuffixCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>An ARN with a suffix drawn at random.</summary>
    public static SecretArn Draw(string region, string account, string name) =>
        SecretArn.Create(region, account, name, RandomNumberGenerator.GetString(SuffixCharacters, SecretArn.SuffixLength));
}
