using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.SqlServer.TransactSql.ScriptDom;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Rotators;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>SQL Server, which does not run here: its statements by Microsoft's own parser, its faults by their numbers, its log-ins against a stranger.</summary>
public sealed class SqlServerTests
{
    private const string Nasty = "a\"];--'[b]";
    private const string Password = "it's ]\"; DROP LOGIN sa; --\\";
    private static readonly SecretText s_password = new(Password);
    private readonly SqlServerEngine _engine = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Own_passwords_are_changed_by_one_statement_that_names_user_and_both_passwords(bool isContained)
    {
        var statement = Single(SqlServerStatements.SetOwnPassword(isContained, Nasty, s_password, new SecretText("o'ld")));

        Assert.Equal(Nasty, isContained ? ((AlterUserStatement)statement).Name.Value : ((AlterLoginOptionsStatement)statement).Name.Value);
        Assert.Equal([Password, "o'ld"], Found<StringLiteral>(statement).Select(l => l.Value));
    }

    [Fact]
    public void A_login_is_made_with_the_options_of_the_original()
    {
        var statement = (CreateLoginStatement)Single(SqlServerStatements.CreateLogin(Nasty, s_password, new SqlServerLogin("or]ders", "us_english", true, false)));

        Assert.Equal(Nasty, statement.Name.Value);
        var source = (PasswordCreateLoginSource)statement.Source;
        Assert.Equal(Password, ((StringLiteral)source.Password).Value);
        Assert.Contains(source.Options.OfType<IdentifierPrincipalOption>(), o => o.OptionKind == PrincipalOptionKind.DefaultDatabase && o.Identifier.Value == "or]ders");
        Assert.Contains(source.Options.OfType<OnOffPrincipalOption>(), o => o is { OptionKind: PrincipalOptionKind.CheckExpiration, OptionState: OptionState.On });
        Assert.Contains(source.Options.OfType<OnOffPrincipalOption>(), o => o is { OptionKind: PrincipalOptionKind.CheckPolicy, OptionState: OptionState.Off });
    }

    [Fact]
    public void A_clone_is_made_on_the_server_and_in_each_database_with_roles_and_permissions()
    {
        var plan = Plan();

        var statements = plan.Statements(Nasty, s_password).ToList();

        Assert.Equal(["master", "orders", "ow]ned"], statements.Select(s => s.Database!));
        Assert.All(statements.SelectMany(s => s.Statements), text => Assert.Contains(Nasty.Replace("]", "]]", StringComparison.Ordinal), text, StringComparison.Ordinal));
        Assert.All(statements.SelectMany(s => s.Statements), text => Single(text));
        Assert.Equal(
            [
                "CREATE USER [c] FOR LOGIN [c] WITH DEFAULT_SCHEMA = [sales]", "ALTER ROLE [db_datareader] ADD MEMBER [c]",
                "GRANT SELECT ([id]) ON OBJECT::[sales].[order's] TO [c]", "DENY DELETE ON SCHEMA::[sales] TO [c]", "GRANT EXECUTE ON DATABASE::[orders] TO [c] WITH GRANT OPTION",
                "GRANT ALTER ON ROLE::[clerks] TO [c]", "GRANT CONTROL ON SYMMETRIC KEY::[k] TO [c]", "REVOKE SELECT ([note]) ON OBJECT::[sales].[order's] FROM [c]",
                "GRANT REFERENCES ON TYPE::[sales].[money2] TO [c]", "GRANT EXECUTE ON XML SCHEMA COLLECTION::[sales].[x] TO [c]",
            ],
            plan.Statements("c", s_password).ElementAt(1).Statements);
        Assert.Equal(["CREATE USER [c] FOR LOGIN [c] WITH DEFAULT_SCHEMA = [dbo]", "ALTER ROLE [db_owner] ADD MEMBER [c]"], plan.Statements("c", s_password).ElementAt(2).Statements);
        Assert.Equal(["ALTER SERVER ROLE [processadmin] ADD MEMBER [c]", "GRANT VIEW SERVER STATE TO [c]", "GRANT IMPERSONATE ON LOGIN::[other] TO [c]"], plan.Statements("c", s_password).First().Statements.Skip(1));
    }

    [Fact]
    public void A_user_of_a_contained_database_has_no_login()
    {
        var plan = new SqlServerPlan { Databases = [new SqlServerDatabaseUser { Name = "orders", Schema = "dbo", Roles = ["r"], Permissions = [] }] };

        var (database, statements) = Assert.Single(plan.Statements(Nasty, s_password));

        Assert.Null(database);
        Assert.IsType<CreateUserStatement>(Single(statements[0]));
        Assert.Equal([Password], Found<StringLiteral>(Single(statements[0])).Select(l => l.Value));
        Assert.Equal("ALTER ROLE [r] ADD MEMBER [a\"]];--'[b]]]", statements[1]);
    }

    [Fact]
    public void A_permission_that_cannot_be_given_is_named() => Assert.Equal("RECEIVE on SERVICE", Assert.Throws<NotSupportedException>(() =>
        new SqlServerPermission { State = "GRANT", Permission = "RECEIVE", Class = "SERVICE", On = "s" }.For("c")).Message);

    [Fact]
    public void A_trigger_of_a_database_that_the_master_would_write_in_is_named_with_the_remedy()
    {
        Assert.Null(SqlServerSession.TriggerFault("place", "orders", []));

        var fault = SqlServerSession.TriggerFault("place", "orders", [Nasty, "other"]);

        Assert.Contains($"place would run the trigger {Nasty} of the database orders and 1 more with its own rights", fault, StringComparison.Ordinal);
        var remedy = SqlServerStatements.DisableTrigger(Nasty);
        Assert.Contains(remedy, fault, StringComparison.Ordinal);
        var statement = Assert.IsType<EnableDisableTriggerStatement>(Single(remedy));
        Assert.Equal(TriggerEnforcement.Disable, statement.TriggerEnforcement);
        Assert.Equal(TriggerScope.Database, statement.TriggerObject.TriggerScope);
        Assert.Equal(Nasty, Assert.Single(statement.TriggerNames).BaseIdentifier.Value);
    }

    [Fact]
    public void Differences_are_told_from_both_sides()
    {
        var original = Plan();
        var clone = original with { ServerRoles = [], Databases = [original.Databases[0] with { Roles = ["db_datareader", "db_ddladmin"] }] };

        Assert.Empty(SqlServerPlan.Differences(UserPair.Of("app"), original, original, 10));
        Assert.Equal(
            [
                "app_clone lacks what app has: the server's role processadmin, a user in ow]ned with the schema dbo, the role db_owner in ow]ned.",
                "app_clone has what app lacks: the role db_ddladmin in orders.",
            ],
            SqlServerPlan.Differences(UserPair.Of("app"), original, clone, 10));
    }

    [Fact]
    public void All_questions_are_understood_by_the_parser()
    {
        var questions = typeof(SqlServerQueries).GetFields(BindingFlags.Public | BindingFlags.Static).ToList();
        Assert.True(questions.Count > 10);
        Assert.All(questions, q => Single((string)q.GetRawConstantValue()!));
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Single("SELECT name FROM sys.databases LIMIT 1"));
    }

    [Theory]
    [InlineData("", "Encrypt=True", "Trust Server Certificate=False")]
    [InlineData(",\"ssl\":\"require\"", "Encrypt=True", "Trust Server Certificate=True")]
    [InlineData(",\"ssl\":false", "Encrypt=False", "Trust Server Certificate=True")]
    public void Connections_are_encrypted_and_verified_unless_the_secret_says_otherwise(string tls, string encrypt, string trust)
    {
        var text = SqlServerTarget.ConnectionString(Credential(1433, tls));

        Assert.Contains("Data Source=tcp:127.0.0.1,1433", text, StringComparison.Ordinal);
        Assert.Contains(encrypt, text, StringComparison.Ordinal);
        Assert.Contains(trust, text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(18470, "has disabled the login. Enable it", PreflightCheck.LogIn, true)]
    [InlineData(18486, "has locked the login", PreflightCheck.LogIn, false)]
    [InlineData(18488, "is expired or must be changed", PreflightCheck.LogIn, true)]
    [InlineData(18452, "takes Windows log-ins only. Switch the server to SQL Server and Windows authentication", PreflightCheck.LogIn, true)]
    [InlineData(4060, "has no database orders", PreflightCheck.LogIn, false)]
    [InlineData(916, "does not let the user into the database orders", PreflightCheck.LogIn, true)]
    [InlineData(40615, "server's firewall", PreflightCheck.LogIn, true)]
    [InlineData(15063, "Drop that user", PreflightCheck.Clone, true)]
    [InlineData(15120, "could not judge the new password", PreflightCheck.LogIn, false)]
    [InlineData(18471, "lacks a permission", PreflightCheck.Privileges, true)]
    [InlineData(983, "changing over", PreflightCheck.Reachable, false)]
    [InlineData(40613, "changing over", PreflightCheck.Reachable, false)]
    [InlineData(49918, "changing over", PreflightCheck.Reachable, false)]
    [InlineData(1205, "Another session holds a lock", PreflightCheck.LogIn, false)]
    [InlineData(10929, "has no connection free", PreflightCheck.LogIn, false)]
    [InlineData(300, "lacks a permission", PreflightCheck.Privileges, true)]
    [InlineData(4613, "lacks a permission", PreflightCheck.Privileges, true)]
    [InlineData(15530, "answered with the error 15530", PreflightCheck.LogIn, false)]
    [InlineData(33062, "its policy for passwords says no", PreflightCheck.LogIn, true)]
    [InlineData(33063, "its policy for passwords says no", PreflightCheck.LogIn, true)]
    [InlineData(40914, "server's firewall", PreflightCheck.LogIn, true)]
    [InlineData(15151, "lacks a permission", PreflightCheck.Privileges, true)]
    [InlineData(15118, "its policy for passwords says no. Set passwordLength", PreflightCheck.LogIn, true)]
    [InlineData(18466, "its policy for passwords says no", PreflightCheck.LogIn, true)]
    [InlineData(33064, "its policy for passwords says no", PreflightCheck.LogIn, true)]
    [InlineData(18462, "Lower the minimum password age", PreflightCheck.LogIn, true)]
    [InlineData(3906, "is a read-only replica", PreflightCheck.Privileges, false)]
    [InlineData(976, "is a read-only replica", PreflightCheck.Privileges, false)]
    [InlineData(17142, "is starting, stopping, paused", PreflightCheck.Reachable, false)]
    [InlineData(10061, "can't be reached", PreflightCheck.Reachable, false)]
    [InlineData(9999, "answered with the error 9999", PreflightCheck.LogIn, false)]
    public void Faults_name_cause_and_remedy(int number, string expected, PreflightCheck concerns, bool isFinal)
    {
        var fault = (RotationException)new SqlServerTarget(_engine).InWords(number, "Login failed near 'needle'", Credential(1433));

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("needle", fault.Message, StringComparison.Ordinal);
        Assert.Equal((concerns, isFinal), (fault.Concerns, fault.IsFinal));
    }

    [Fact]
    public async Task A_value_that_the_driver_takes_not_is_told_by_its_member()
    {
        foreach (var (member, credential) in ((string, DatabaseCredential)[])
            [("username", Credential(1433) with { Username = new string('u', 200) }), ("password", Credential(1433) with { Password = new SecretText(new string('p', 200)) }),
             ("dbname", Credential(1433) with { Database = new string('d', 200) })])
        {
            var fault = await Assert.ThrowsAsync<RotationException>(() => _engine.LogIn(credential, default));
            Assert.Contains($"The database's driver takes no such \"{member}\": it is too long", fault.Message, StringComparison.Ordinal);
            Assert.Equal((true, PreflightCheck.Json), (fault.IsFinal, fault.Concerns));
        }
    }

    [Fact]
    public async Task Nobody_there_is_told_as_such()
    {
        var fault = await Assert.ThrowsAsync<RotationException>(() => _engine.LogIn(Credential(FreePort.Next()), default));

        Assert.Equal(PreflightCheck.Reachable, fault.Concerns);
        Assert.Contains("can't be reached", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>A server that is none: to the question for encryption it says that it has none.</summary>
    [Theory]
    [InlineData("")]
    [InlineData(",\"ssl\":\"require\"")]
    public async Task A_server_without_encryption_gets_no_login(string tls)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var opening = _engine.LogIn(Credential(((IPEndPoint)listener.LocalEndpoint).Port, tls), default);
        using var client = await listener.AcceptTcpClientAsync();
        var stream = client.GetStream();
        var heard = new byte[4096];
        await stream.ReadAtLeastAsync(heard, 8);
        Assert.Equal(0x12, heard[0]);

        // PRELOGIN's answer: a version, and ENCRYPT_NOT_SUP.
        await stream.WriteAsync((byte[])[4, 1, 0, 26, 0, 0, 1, 0, 0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 0xFF, 16, 0, 0, 0, 0, 0, 2]);
        using var rest = new MemoryStream();
        try
        {
            await stream.CopyToAsync(rest);
        }
        catch (IOException)
        {
            // Hung up without a word.
        }

        Assert.Empty(rest.ToArray());
        var fault = await Assert.ThrowsAsync<RotationException>(() => opening);
        Assert.Equal(PreflightCheck.Tls, fault.Concerns);
    }

    [Theory]
    [InlineData("db\\\\instance", "", "named by its \\\"port\\\"")]
    [InlineData("127.0.0.1", ",\"sslrootcert\":\"PEM\"", "has no use for SQL Server")]
    public async Task What_the_driver_cannot_do_is_said(string host, string more, string expected)
    {
        var json = $$"""{"engine":"sqlserver","host":"{{host}}","username":"u","password":"p"{{more.Replace("PEM", ServerCertificate.Create().AuthorityPem.ReplaceLineEndings("\\n"), StringComparison.Ordinal)}}}""";

        var fault = await Assert.ThrowsAsync<RotationException>(() => _engine.LogIn(DatabaseCredential.Parse(SecretValue.FromText(json), _engine), default));

        Assert.Equal(PreflightCheck.Json, fault.Concerns);
        Assert.Contains(expected.Replace("\\", "", StringComparison.Ordinal), fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_goes_by_AWSs_names_and_its_engine()
    {
        var single = new SingleUserRotator(_engine, RandomNumberGenerator.Fill);
        var alternating = new AlternatingUsersRotator(_engine, RandomNumberGenerator.Fill);

        Assert.Equal(["SecretsManagerRDSSQLServerRotationSingleUser"], single.FunctionNames);
        Assert.Equal(["SecretsManagerRDSSQLServerRotationMultiUser"], alternating.FunctionNames);
        Assert.True(single.Serves(SecretValue.FromText("""{"engine":"sqlserver","host":"h","username":"u","password":"p"}""")));
        Assert.True(alternating.Serves(SecretValue.FromText("""{"engine":"sqlserver","host":"h","username":"u","password":"p","masterarn":"arn"}""")));
        var name = new string('n', 123);
        Assert.Contains("longer than the 128", Assert.Throws<RotationException>(() => alternating.Create(new RotationValues
        {
            Current = SecretValue.FromText($$"""{"engine":"sqlserver","host":"h","username":"{{name}}","password":"p","masterarn":"arn"}"""),
        })).Message, StringComparison.Ordinal);
    }

    private static SqlServerPlan Plan() => new()
    {
        Login = new SqlServerLogin("orders", "us_english", false, true),
        ServerRoles = ["processadmin"],
        ServerPermissions =
        [
            new SqlServerPermission { State = "GRANT", Permission = "CONNECT SQL", Class = "SERVER" },
            new SqlServerPermission { State = "GRANT", Permission = "VIEW SERVER STATE", Class = "SERVER" },
            new SqlServerPermission { State = "GRANT", Permission = "IMPERSONATE", Class = "SERVER_PRINCIPAL", On = "other", PrincipalType = "S" },
        ],
        Databases =
        [
            new SqlServerDatabaseUser
            {
                Name = "orders",
                Schema = "sales",
                Roles = ["db_datareader"],
                Permissions =
                [
                    new SqlServerPermission { State = "GRANT", Permission = "CONNECT", Class = "DATABASE", On = "orders" },
                    new SqlServerPermission { State = "GRANT", Permission = "SELECT", Class = "OBJECT_OR_COLUMN", Schema = "sales", On = "order's", Column = "id" },
                    new SqlServerPermission { State = "DENY", Permission = "DELETE", Class = "SCHEMA", On = "sales" },
                    new SqlServerPermission { State = "GRANT_WITH_GRANT_OPTION", Permission = "EXECUTE", Class = "DATABASE", On = "orders" },
                    new SqlServerPermission { State = "GRANT", Permission = "ALTER", Class = "DATABASE_PRINCIPAL", On = "clerks", PrincipalType = "R" },
                    new SqlServerPermission { State = "GRANT", Permission = "CONTROL", Class = "SYMMETRIC_KEYS", On = "k" },
                    new SqlServerPermission { State = "REVOKE", Permission = "SELECT", Class = "OBJECT_OR_COLUMN", Schema = "sales", On = "order's", Column = "note" },
                    new SqlServerPermission { State = "GRANT", Permission = "REFERENCES", Class = "TYPE", Schema = "sales", On = "money2" },
                    new SqlServerPermission { State = "GRANT", Permission = "EXECUTE", Class = "XML_SCHEMA_COLLECTION", Schema = "sales", On = "x" },
                ],
            },
            new SqlServerDatabaseUser { Name = "ow]ned", Schema = "dbo", Roles = ["db_owner"], Permissions = [] },
        ],
    };

    private DatabaseCredential Credential(int port, string more = "") => DatabaseCredential.Parse(SecretValue.FromText(
        $$"""{"engine":"sqlserver","host":"127.0.0.1","port":{{port}},"username":"u","password":"needle-of-a-password","dbname":"orders"{{more}}}"""), _engine);

    /// <summary>The one statement of a text, by the parser of SQL Server 2022.</summary>
    private static TSqlStatement Single(string text)
    {
        using var reader = new StringReader(text);
        var tree = new TSql160Parser(initialQuotedIdentifiers: true).Parse(reader, out var errors);
        Assert.True(errors.Count == 0, $"{string.Join("; ", errors.Select(e => e.Message))}\n{text}");
        return Assert.Single(Assert.Single(((TSqlScript)tree).Batches).Statements);
    }

    private static List<T> Found<T>(TSqlFragment fragment) where T : TSqlFragment
    {
        var finder = new Finder<T>();
        fragment.Accept(finder);
        return finder.Found;
    }

    private sealed class Finder<T> : TSqlFragmentVisitor where T : TSqlFragment
    {
        public List<T> Found { get; } = [];

        public override void Visit(TSqlFragment node)
        {
            if (node is T found && !Found.Contains(found))
                Found.Add(found);
        }
    }
}
