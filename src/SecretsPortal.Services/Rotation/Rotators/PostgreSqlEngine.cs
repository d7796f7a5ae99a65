using System.Text;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>PostgreSQL and Aurora PostgreSQL: users are roles that may log in.</summary>
internal sealed class PostgreSqlEngine : IDatabaseEngine
{
    private readonly FillRandom _random;
    private readonly NpgsqlTarget _target;

    /// <summary>An engine that draws the salts of its verifiers from <paramref name="random"/>.</summary>
    public PostgreSqlEngine(FillRandom random)
    {
        _random = random;
        _target = new NpgsqlTarget(this);
    }

    /// <inheritdoc/>
    public string Name => "PostgreSQL";

    /// <inheritdoc/>
    public IReadOnlyList<string> EngineNames => ["postgres", "aurora-postgresql"];

    /// <inheritdoc/>
    public IReadOnlyList<string> SingleUserFunctions => ["SecretsManagerRDSPostgreSQLRotationSingleUser"];

    /// <inheritdoc/>
    public IReadOnlyList<string> AlternatingUsersFunctions => ["SecretsManagerRDSPostgreSQLRotationMultiUser"];

    /// <inheritdoc/>
    public int DefaultPort => 5432;

    /// <inheritdoc/>
    public string DefaultDatabase => "postgres";

    /// <inheritdoc/>
    public string WhyRefused =>
        "PostgreSQL says the same of a user that does not exist, that has no password, or whose password has expired (VALID UNTIL).";

    /// <summary>Bytes: NAMEDATALEN - 1. The server cuts longer names off without an error.</summary>
    public int LongestUserName => 63;

    /// <summary>As the service's own function: without characters that connection strings, URLs and shells trip over.</summary>
    public RandomPasswordOptions PasswordRules { get; } = new() { Length = 32, ExcludeCharacters = "/@\"'\\:" };

    /// <inheritdoc/>
    public int LengthOf(string userName) => Encoding.UTF8.GetByteCount(userName);

    /// <inheritdoc/>
    public async Task<IDatabaseSession?> LogIn(DatabaseCredential credential, CancellationToken cancel) =>
        await _target.LogIn(credential, cancel) is { } logIn ? new PostgreSqlSession(_target, logIn, credential, this, _random) : null;
}
