using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>SQL Server: logins with a password, and users of contained databases.</summary>
internal sealed class SqlServerEngine : IDatabaseEngine
{
    private readonly SqlServerTarget _target;

    /// <summary>An engine.</summary>
    public SqlServerEngine() => _target = new SqlServerTarget(this);

    /// <inheritdoc/>
    public string Name => "SQL Server";

    /// <inheritdoc/>
    public IReadOnlyList<string> EngineNames => ["sqlserver"];

    /// <inheritdoc/>
    public IReadOnlyList<string> SingleUserFunctions => ["SecretsManagerRDSSQLServerRotationSingleUser"];

    /// <inheritdoc/>
    public IReadOnlyList<string> AlternatingUsersFunctions => ["SecretsManagerRDSSQLServerRotationMultiUser"];

    /// <inheritdoc/>
    public int DefaultPort => 1433;

    /// <inheritdoc/>
    public string DefaultDatabase => "master";

    /// <inheritdoc/>
    public string WhyRefused =>
        "SQL Server says the same of a login that does not exist, that may not connect, or whose default database is away; its error log names the state of error 18456.";

    /// <summary>Characters: <c>sysname</c>.</summary>
    public int LongestUserName => 128;

    /// <summary>As the service's own function: without characters that connection strings, URLs and shells trip over.</summary>
    public RandomPasswordOptions PasswordRules { get; } = new() { Length = 32, ExcludeCharacters = "/@\"'\\:" };

    /// <inheritdoc/>
    public async Task<IDatabaseSession?> LogIn(DatabaseCredential credential, CancellationToken cancel) =>
        await _target.LogIn(credential, cancel) is { } connection ? new SqlServerSession(_target, connection, credential, this) : null;
}
