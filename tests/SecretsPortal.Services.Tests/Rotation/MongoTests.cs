using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MongoDB.Bson;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Rotators;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>MongoDB, which does not run here: its commands as documents, what answers mean, and log-ins to nobody and to a stranger.</summary>
public sealed class MongoTests
{
    private readonly MongoEngine _engine = new();

    [Fact]
    public void A_password_is_changed_by_updateUser_and_nothing_else_is() => Assert.Equal(
        BsonDocument.Parse("""{ updateUser: "a\"];--$where", pwd: "it's" }"""), MongoCommands.SetPassword("a\"];--$where", new SecretText("it's")));

    [Fact]
    public void A_clone_has_the_roles_data_restrictions_and_mechanisms_of_the_original()
    {
        var original = MongoCommands.UserOf(BsonDocument.Parse("""
            { ok: 1, users: [ { _id: "orders.app", userId: { $uuid: "5ab3b8a5-3cf1-4b1c-a6b9-3b1e2d0e3f11" }, user: "app", db: "orders", customData: { team: "x" }, mechanisms: ["SCRAM-SHA-256"],
              roles: [ { role: "readWrite", db: "orders" }, { role: "read", db: "stock" } ], authenticationRestrictions: [ [ { clientSource: ["10.0.0.0/8"] } ] ] } ] }
            """))!;

        Assert.Equal(
            BsonDocument.Parse("""
                { createUser: "app_clone", pwd: "p", roles: [ { role: "readWrite", db: "orders" }, { role: "read", db: "stock" } ], customData: { team: "x" },
                  authenticationRestrictions: [ [ { clientSource: ["10.0.0.0/8"] } ] ], mechanisms: ["SCRAM-SHA-256"] }
                """),
            MongoCommands.CreateUser("app_clone", new SecretText("p"), original));
    }

    [Fact]
    public void A_user_of_DocumentDB_has_roles_alone() => Assert.Equal(
        BsonDocument.Parse("""{ createUser: "c", pwd: "p", roles: [] }"""),
        MongoCommands.CreateUser("c", new SecretText("p"), BsonDocument.Parse("""{ user: "app", db: "admin", roles: [], authenticationRestrictions: [] }""")));

    [Fact]
    public void Users_are_asked_for_by_name_and_database()
    {
        Assert.Equal(BsonDocument.Parse("""{ usersInfo: { user: "app", db: "orders" }, showAuthenticationRestrictions: true }"""), MongoCommands.User("app", "orders", withRestrictions: true));
        Assert.Equal(BsonDocument.Parse("""{ usersInfo: { user: "app", db: "orders" } }"""), MongoCommands.User("app", "orders", withRestrictions: false));
        Assert.Null(MongoCommands.UserOf(BsonDocument.Parse("{ users: [], ok: 1 }")));
    }

    [Theory]
    [InlineData("""{ roles: [ { role: "read", db: "orders" }, { role: "root", db: "admin" } ] }""", true)]
    [InlineData("""{ roles: [ { role: "userAdminAnyDatabase", db: "admin" } ] }""", true)]
    [InlineData("""{ roles: [ { role: "root", db: "orders" }, { role: "readWrite", db: "admin" } ] }""", false)]
    [InlineData("{ }", false)]
    public void An_administrator_is_known_by_its_roles(string user, bool expected) => Assert.Equal(expected, MongoCommands.IsAdministrator(BsonDocument.Parse(user)));

    [Fact]
    public void Differences_are_told_from_both_sides()
    {
        var original = BsonDocument.Parse("""{ roles: [ { role: "readWrite", db: "orders" }, { role: "read", db: "stock" } ] }""");
        var clone = BsonDocument.Parse("""{ roles: [ { role: "readWrite", db: "orders" }, { role: "dbAdmin", db: "orders" } ], authenticationRestrictions: [ [ { clientSource: ["10.0.0.0/8"] } ] ] }""");

        Assert.Empty(MongoCommands.Differences(UserPair.Of("app"), original, original));
        Assert.Equal(
            ["app_clone lacks the roles read@stock of app.", "app_clone has the roles dbAdmin@orders, which app lacks.", "app_clone may log in from other addresses than app."],
            MongoCommands.Differences(UserPair.Of("app"), original, clone));
    }

    [Theory]
    [InlineData("""{ authInfo: { authenticatedUserPrivileges: [ { resource: { db: "orders", collection: "" }, actions: ["createUser", "changePassword"] } ] } }""", true)]
    [InlineData("""{ authInfo: { authenticatedUserPrivileges: [ { resource: { db: "", collection: "" }, actions: ["changePassword"] } ] } }""", true)]
    [InlineData("""{ authInfo: { authenticatedUserPrivileges: [ { resource: { anyResource: true }, actions: ["anyAction"] } ] } }""", true)]
    [InlineData("""{ authInfo: { authenticatedUserPrivileges: [ { resource: { db: "stock", collection: "" }, actions: ["changePassword"] } ] } }""", false)]
    [InlineData("""{ authInfo: { authenticatedUserPrivileges: [ { resource: { db: "orders", collection: "" }, actions: ["find"] } ] } }""", false)]
    [InlineData("""{ authInfo: { authenticatedUserPrivileges: [ { resource: { cluster: true }, actions: ["changePassword"] } ] } }""", false)]
    [InlineData("""{ authInfo: { authenticatedUsers: [] } }""", null)]
    [InlineData("{}", null)]
    public void What_a_user_may_do_is_seen(string answer, bool? expected) => Assert.Equal(expected, MongoCommands.May(BsonDocument.Parse(answer), "orders", "changePassword"));

    [Theory]
    [InlineData("", true)]
    [InlineData(",\"ssl\":\"require\"", true)]
    [InlineData(",\"ssl\":false", false)]
    public void Connections_use_TLS_unless_the_secret_says_otherwise_and_go_to_the_named_server_alone(string tls, bool expected)
    {
        var credential = Credential(1, tls);

        var settings = MongoTarget.Settings(credential with { Database = "orders" }, new ServerCertificateCheck(credential));

        Assert.Equal(expected, settings.UseTls);
        Assert.False(settings.AllowInsecureTls);
        Assert.True(settings.DirectConnection);
        Assert.False(settings.RetryWrites);
        Assert.Equal("127.0.0.1:1", settings.Server.ToString());
        // A master logs in to its own database, whatever database its session works in.
        Assert.Equal("admin", settings.Credential.Source);
        Assert.Null(settings.Credential.Mechanism);
    }

    [Theory]
    [InlineData(13, "lacks a role", PreflightCheck.Privileges, true)]
    [InlineData(11, "has no such user", PreflightCheck.Clone, true)]
    [InlineData(10107, "is no primary", PreflightCheck.Privileges, false)]
    [InlineData(13435, "is no primary", PreflightCheck.Privileges, false)]
    [InlineData(13436, "is no primary", PreflightCheck.Privileges, false)]
    [InlineData(51003, "has a user of that name already", PreflightCheck.LogIn, false)]
    [InlineData(11600, "is stopping", PreflightCheck.Reachable, false)]
    [InlineData(11602, "gives its place as primary to another", PreflightCheck.Reachable, false)]
    [InlineData(189, "gives its place as primary to another", PreflightCheck.Reachable, false)]
    [InlineData(9999, "answered with the error 9999", PreflightCheck.LogIn, false)]
    public void Faults_name_cause_and_remedy(int code, string expected, PreflightCheck concerns, bool isFinal)
    {
        var fault = (RotationException)MongoTarget.Answered(code, "MongoDB at h:1 (user u)");

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.Equal((concerns, isFinal), (fault.Concerns, fault.IsFinal));
    }

    [Fact]
    public async Task Nobody_there_is_told_as_such()
    {
        var fault = await Assert.ThrowsAsync<RotationException>(() => _engine.LogIn(Credential(FreePort.Next(), ",\"ssl\":false"), default));

        Assert.Equal(PreflightCheck.Reachable, fault.Concerns);
        Assert.Contains("can't be reached", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("needle", fault.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A server that is none shows a certificate of its own, and hears nothing.</summary>
    [Fact]
    public async Task A_server_with_a_wrong_certificate_hears_nothing()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var own = ServerCertificate.Create();
        using var certificate = X509CertificateLoader.LoadPkcs12(X509Certificate2.CreateFromPem(own.CertificatePem, own.KeyPem).Export(X509ContentType.Pkcs12), null);
        var heard = 0;
        using var end = new CancellationTokenSource();
        var serving = Serve();

        var fault = await Assert.ThrowsAsync<RotationException>(() => _engine.LogIn(Credential(((IPEndPoint)listener.LocalEndpoint).Port), default));
        await end.CancelAsync();
        await serving;

        Assert.Equal(PreflightCheck.Tls, fault.Concerns);
        Assert.Contains("no authority that this machine trusts signed it", fault.Message, StringComparison.Ordinal);
        Assert.Equal(0, heard);

        async Task Serve()
        {
            while (!end.IsCancellationRequested)
            {
                try
                {
                    using var client = await listener.AcceptTcpClientAsync(end.Token);
                    await using var tls = new SslStream(client.GetStream());
                    await tls.AuthenticateAsServerAsync(certificate);
                    heard += await tls.ReadAsync(new byte[4096], end.Token);
                }
                catch (Exception hungUp) when (hungUp is IOException or AuthenticationException or OperationCanceledException)
                {
                    // The driver tries again until its time is up.
                }
            }
        }
    }

    [Fact]
    public void It_goes_by_AWSs_names_and_its_engine()
    {
        var single = new SingleUserRotator(_engine, RandomNumberGenerator.Fill);
        var alternating = new AlternatingUsersRotator(_engine, RandomNumberGenerator.Fill);

        Assert.Equal(["SecretsManagerMongoDBRotationSingleUser"], single.FunctionNames);
        Assert.Equal(["SecretsManagerMongoDBRotationMultiUser"], alternating.FunctionNames);
        Assert.True(single.Serves(SecretValue.FromText("""{"engine":"mongo","host":"h","username":"u","password":"p"}""")));
        Assert.True(alternating.Serves(SecretValue.FromText("""{"engine":"mongo","host":"h","username":"u","password":"p","masterarn":"arn"}""")));
        var pending = alternating.Create(new RotationValues
        {
            Current = SecretValue.FromText("""{"engine":"mongo","host":"h","username":"app","password":"p","masterarn":"arn"}"""),
        });
        Assert.Contains("\"app_clone\"", pending.Text, StringComparison.Ordinal);
    }

    private DatabaseCredential Credential(int port, string more = "") => DatabaseCredential.Parse(SecretValue.FromText(
        $$"""{"engine":"mongo","host":"127.0.0.1","port":{{port}},"username":"u","password":"needle-of-a-password"{{more}}}"""), _engine);
}
