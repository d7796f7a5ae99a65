using System.Text;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>Amazon Redshift: PostgreSQL's protocol, and users that are no roles, so that a clone has nothing of its original by itself.</summary>
internal sealed class RedshiftEngine : IDatabaseEngine
{
    private readonly NpgsqlTarget _target;

    /// <summary>An engine.</summary>
    public RedshiftEngine() => _target = new NpgsqlTarget(this);

    /// <inheritdoc/>
    public string Name => "Redshift";

    /// <inheritdoc/>
    public IReadOnlyList<string> EngineNames => ["redshift"];

    /// <inheritdoc/>
    public IReadOnlyList<string> SingleUserFunctions => ["SecretsManagerRedshiftRotationSingleUser"];

    /// <inheritdoc/>
    public IReadOnlyList<string> AlternatingUsersFunctions => ["SecretsManagerRedshiftRotationMultiUser"];

    /// <inheritdoc/>
    public int DefaultPort => 5439;

    /// <inheritdoc/>
    public string DefaultDatabase => "dev";

    /// <inheritdoc/>
    public string WhyRefused =>
        "Redshift says the same of a user that does not exist, whose password is disabled, or whose password has expired (VALID UNTIL).";

    /// <summary>Bytes, as of all its identifiers.</summary>
    public int LongestUserName => 127;

    /// <summary>8–64 characters; at least one capital, one small letter and one digit; none of <c>' " \ / @</c> and space. And no <c>:</c>, as with PostgreSQL.</summary>
    public RandomPasswordOptions PasswordRules { get; } = new() { Length = 32, ExcludeCharacters = "/@\"'\\: " };

    /// <inheritdoc/>
    public int LongestPassword => 64;

    /// <inheritdoc/>
    public int LengthOf(string userName) => Encoding.UTF8.GetByteCount(userName);

    /// <inheritdoc/>
    public async Task<IDatabaseSession?> LogIn(DatabaseCredential credential, CancellationToken cancel) =>
        await _target.LogIn(credential, cancel) is { } logIn ? new RedshiftSession(_target, logIn, credential, this) : null;
}
