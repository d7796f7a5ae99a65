using System.Security.Cryptography;
using System.Text;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>
/// PostgreSQL's stored form of a password (RFC 5802 and RFC 7677): <c>SCRAM-SHA-256$ITERATIONS:SALT$StoredKey:ServerKey</c>. Sent in the place
/// of the password, it keeps the password out of the server's statement log.
/// </summary>
internal static class ScramVerifier
{
    private const int Iterations = 4096;

    /// <summary>The verifier of an ASCII password; other ones would need SASLprep first.</summary>
    public static string Of(SecretText password, byte[] salt)
    {
        var plain = Encoding.ASCII.GetBytes(password.Reveal());
        var salted = Rfc2898DeriveBytes.Pbkdf2(plain, salt, Iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        try
        {
            var storedKey = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
            var serverKey = HMACSHA256.HashData(salted, "Server Key"u8);
            return $"SCRAM-SHA-256${Iterations}:{Convert.ToBase64String(salt)}${Convert.ToBase64String(storedKey)}:{Convert.ToBase64String(serverKey)}";
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
            CryptographicOperations.ZeroMemory(salted);
        }
    }
}
