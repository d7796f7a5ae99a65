using System.Text.Encodings.Web;
using System.Text.Json;
using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>
/// Temporary credentials of rotation functions, good for the rotation of one secret alone. Two policies must both allow: the function's own,
/// which speaks of secrets that name the function as theirs, and that of the credentials, which names the one secret. So a function that is handed
/// to a stranger, or credentials that leak, reach nothing else; and a secret that is given another function is out of reach at once.
/// </summary>
public sealed class FunctionCredentials
{
    /// <summary>
    /// The name of the policy that whoever registers a rotation function attaches to it, stored as a managed one with the first. Without it the credentials reach nothing.
    /// </summary>
    public const string PolicyName = "RotationFunction";

    /// <summary>
    /// That policy: what the four steps of a rotation need, on secrets whose function the caller is. The variable is the calling function's own ARN.
    /// </summary>
    public const string Policy = """
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Sid": "SecretsOfTheFunction",
              "Effect": "Allow",
              "Action": ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"],
              "Resource": "*",
              "Condition": {"StringEquals": {"secretsmanager:resource/AllowRotationLambdaArn": "${aws:PrincipalArn}"}}
            },
            {
              "Sid": "NewPasswords",
              "Effect": "Allow",
              "Action": "secretsmanager:GetRandomPassword",
              "Resource": "*"
            }
          ]
        }
        """;

    /// <summary>The policy as it is stored.</summary>
    internal static ManagedPolicy ManagedPolicy { get; } = new(PolicyName, "What rotation functions do with the secrets that they rotate.", Policy);

    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly CallerStore _callers;
    private readonly TemporaryCredentials _temporary;
    private readonly PortalOptions _options;

    internal FunctionCredentials(CallerStore callers, TemporaryCredentials temporary, PortalOptions options)
    {
        _callers = callers;
        _temporary = temporary;
        _options = options;
    }

    /// <summary>
    /// Issues credentials for the function of a secret. <see cref="PortalError.InvalidRequest"/> where the secret names no function, or one that
    /// is not there or is disabled. The record of it is the asking service's business.
    /// </summary>
    /// <param name="secret">The secret that is being rotated, as it is stored.</param>
    /// <param name="master">
    /// The ARN of the master secret whose AWSCURRENT value the credentials may read as well, if the function may (that secret's own policy must name
    /// it); null for none.
    /// </param>
    /// <param name="lifetime">15 minutes to 12 hours; longer than the step may take.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<TemporaryAccess> Issue(Secret secret, string? master, TimeSpan lifetime, CancellationToken cancel)
    {
        var arn = secret.Rotation?.FunctionArn;
        if (arn is null || CallerArn.Parse(arn, _options.AccountId) is not (CallerKind.Function, var name) || arn.Split(':')[3] != secret.Arn.Region)
            throw new PortalException(PortalError.InvalidRequest,
                $"The secret names no rotation function of this portal in {secret.Arn.Region}. Rotate it with the function's ARN as RotationLambdaARN.");
        if (await _callers.Find(CallerKind.Function, name, cancel) is not { IsDisabled: false } function)
            throw new PortalException(PortalError.InvalidRequest, $"The rotation function {name} does not exist or is disabled.");
        return await _temporary.Issue(function.Id, lifetime, PolicyFor(secret.Arn, master), cancel);
    }

    /// <summary>Credentials for a test event, which reach no secret: nothing but new passwords.</summary>
    internal Task<TemporaryAccess> IssueForTest(StoredCaller function, CancellationToken cancel) =>
        _temporary.Issue(function.Id, TemporaryCredentials.ShortestLifetime, TestPolicy, cancel);

    private const string TestPolicy =
        """{"Version":"2012-10-17","Statement":[{"Sid":"NewPasswords","Effect":"Allow","Action":"secretsmanager:GetRandomPassword","Resource":"*"}]}""";

    /// <summary>What the credentials are narrowed to. The characters of an ARN mean nothing in JSON or as wildcards.</summary>
    internal static string PolicyFor(SecretArn secret, string? master)
    {
        List<object> statements =
        [
            new
            {
                Sid = "TheSecret",
                Effect = "Allow",
                Action = (string[])[SecretActions.DescribeSecret, SecretActions.GetSecretValue, SecretActions.PutSecretValue, SecretActions.UpdateSecretVersionStage],
                Resource = secret.ToString(),
            },
            new { Sid = "NewPasswords", Effect = "Allow", Action = SecretActions.GetRandomPassword, Resource = "*" },
        ];
        if (master is not null)
            statements.Add(new { Sid = "ItsMaster", Effect = "Allow", Action = (string[])[SecretActions.DescribeSecret, SecretActions.GetSecretValue], Resource = master });
        return JsonSerializer.Serialize(new { Version = "2012-10-17", Statement = statements }, s_json);
    }
}
