using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>
/// MySQL 5.7 and later, and Aurora MySQL. A user is all accounts of one name, whatever hosts they come from. Statements go by what the server says
/// it is, so a secret that calls a MariaDB server <c>mysql</c> is rotated too.
/// </summary>
internal sealed class MySqlEngine : MySqlFamilyEngine
{
    /// <inheritdoc/>
    public override string Name => "MySQL";

    /// <inheritdoc/>
    public override IReadOnlyList<string> EngineNames => ["mysql", "aurora-mysql"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> SingleUserFunctions => ["SecretsManagerRDSMySQLRotationSingleUser"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> AlternatingUsersFunctions => ["SecretsManagerRDSMySQLRotationMultiUser"];

    /// <inheritdoc/>
    public override int LongestUserName => 32;
}

/// <summary>MariaDB 10.4 and later.</summary>
internal sealed class MariaDbEngine : MySqlFamilyEngine
{
    /// <inheritdoc/>
    public override string Name => "MariaDB";

    /// <inheritdoc/>
    public override IReadOnlyList<string> EngineNames => ["mariadb"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> SingleUserFunctions => ["SecretsManagerRDSMariaDBRotationSingleUser"];

    /// <inheritdoc/>
    public override IReadOnlyList<string> AlternatingUsersFunctions => ["SecretsManagerRDSMariaDBRotationMultiUser"];

    /// <inheritdoc/>
    public override int LongestUserName => 80;
}

/// <summary>What MySQL and MariaDB share.</summary>
internal abstract class MySqlFamilyEngine : IDatabaseEngine
{
    private readonly MySqlTarget _target;

    /// <summary>An engine whose faults bear the name of its kind.</summary>
    protected MySqlFamilyEngine() => _target = new MySqlTarget(this);

    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract IReadOnlyList<string> EngineNames { get; }

    /// <inheritdoc/>
    public abstract IReadOnlyList<string> SingleUserFunctions { get; }

    /// <inheritdoc/>
    public abstract IReadOnlyList<string> AlternatingUsersFunctions { get; }

    /// <inheritdoc/>
    public int DefaultPort => 3306;

    /// <summary>None: the log-in needs no database.</summary>
    public string DefaultDatabase => "";

    /// <inheritdoc/>
    public string WhyRefused =>
        "The server says the same where it has no account of this user for the portal's address (SELECT host FROM mysql.user: create one for it, or for '%'), and where the account asks for TLS that the secret's value switches off (REQUIRE SSL: take \"ssl\": false out) or for a client's certificate, which the portal has none of (ALTER USER … REQUIRE SSL in place of X509, ISSUER or SUBJECT).";

    /// <inheritdoc/>
    public abstract int LongestUserName { get; }

    /// <summary>As the service's own functions: without characters that connection strings, URLs and shells trip over.</summary>
    public RandomPasswordOptions PasswordRules { get; } = new() { Length = 32, ExcludeCharacters = "/@\"'\\:" };

    /// <inheritdoc/>
    public async Task<IDatabaseSession?> LogIn(DatabaseCredential credential, CancellationToken cancel) =>
        await _target.LogIn(credential, cancel) is { } connection ? new MySqlSession(_target, connection, credential, this) : null;
}
