using System.IO.Enumeration;
using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation.Functions;

/// <summary>What rotation functions may look like. Faults name the field and the remedy.</summary>
internal static class FunctionRules
{
    private const int DefaultMemory = 256;
    private const int LeastMemory = 64;
    private const int MostMemory = 10_240;
    private const int DefaultTimeout = 30;
    private const int LongestTimeout = 900;
    private const int MostPatterns = 100;
    private const int MostVariables = 50;
    private const int MostArguments = 50;
    private const int LongestFolder = 512;
    private const int LongestHandler = 256;
    private const int LongestUrl = 2048;
    private const int LongestRemoteName = 170;

    // What the portal sets itself, and what makes a loader or an interpreter run other code than the function's.
    private static readonly string[] s_ownVariables = ["PATH", "HOME", "TMPDIR", "LANG", "TZ", "_HANDLER", "SECRETS_MANAGER_ENDPOINT", "ENV", "BASH_ENV", "IFS", "SHELLOPTS"];
    private static readonly string[] s_ownPrefixes = ["AWS_", "LAMBDA_", "LD_", "PYTHON", "NODE_", "GLIBC_", "SECRETS_PORTAL_", "DOTNET_", "PERL", "RUBY", "JAVA_"];

    /// <summary>The function with these settings; the key is the caller's business.</summary>
    public static StoredFunction Apply(StoredFunction function, FunctionSettings settings)
    {
        OnlyOfKind(function.Kind, settings);
        function = function with
        {
            Caller = function.Caller with { Description = AccessRules.Description(settings.Description), IsDisabled = settings.IsDisabled },
            Timeout = TimeSpan.FromSeconds(Within("timeoutSeconds", settings.TimeoutSeconds ?? DefaultTimeout, 1, LongestTimeout)),
            AllowedSecrets = Patterns(settings.AllowedSecrets),
        };
        return function.Kind switch
        {
            FunctionKind.Process => OfProcess(function, settings.Process!),
            FunctionKind.Endpoint => OfEndpoint(function, settings.Endpoint!),
            _ => function with { Url = Url("webhook.url", settings.Webhook!.Url) },
        };
    }

    /// <summary>True where the function may be used for a secret of this name.</summary>
    public static bool Permits(StoredFunction function, string secretName) =>
        function.AllowedSecrets.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, secretName, ignoreCase: false));

    private static StoredFunction OfProcess(StoredFunction function, ProcessSettings process)
    {
        var isProgram = process.Runtime == ProcessRuntime.Program;
        if (!isProgram && process.Handler is null)
            throw Broken("process.handler", "is required for Python3 and NodeJs: MODULE.FUNCTION, such as lambda_function.lambda_handler");
        if (process.Handler is { } handler && (handler.Length is 0 or > LongestHandler || handler.Any(c => c is <= ' ' or > '~') || (!isProgram && !handler.Contains('.', StringComparison.Ordinal))))
            throw Broken("process.handler", $"must be 1 to {LongestHandler} printable ASCII characters without blanks, of Python3 and NodeJs MODULE.FUNCTION");
        if (!isProgram && process.Command is not null)
            throw Broken("process.command", "is of the runtime Program alone; leave it out");
        return function with
        {
            Runtime = Enum.Parse<FunctionRuntime>(process.Runtime.ToString()),
            Folder = RelativePath("process.folder", process.Folder),
            Handler = process.Handler,
            Command = isProgram ? Command(process.Command ?? ["bootstrap"]) : [],
            Variables = Variables(process.Variables ?? new Dictionary<string, string>()),
            MemoryMiB = Within("process.memoryMiB", process.MemoryMiB ?? DefaultMemory, LeastMemory, MostMemory),
        };
    }

    private static StoredFunction OfEndpoint(StoredFunction function, EndpointSettings endpoint)
    {
        if (endpoint.RemoteName is { } name && (name.Length is 0 or > LongestRemoteName || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or ':' or '$')))
            throw Broken("endpoint.remoteName", $"must be 1 to {LongestRemoteName} ASCII letters, digits, hyphens, underscores, colons or dollar signs: a name or an ARN");
        if (endpoint.Region.Length is 0 or > 64 || !endpoint.Region.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'))
            throw Broken("endpoint.region", "must be a region's name, such as us-east-1");
        if (!AccessKeySealer.IsKeyId(endpoint.AccessKeyId))
            throw Broken("endpoint.accessKeyId", "must be 16 to 128 upper-case ASCII letters and digits");
        return function with
        {
            Url = Url("endpoint.url", endpoint.Url, isBare: true),
            RemoteName = endpoint.RemoteName,
            RemoteRegion = endpoint.Region,
            RemoteAccessKeyId = endpoint.AccessKeyId,
        };
    }

    private static void OnlyOfKind(FunctionKind kind, FunctionSettings settings)
    {
        foreach (var (of, isThere) in (ReadOnlySpan<(FunctionKind, bool)>)
            [(FunctionKind.Process, settings.Process is not null), (FunctionKind.Endpoint, settings.Endpoint is not null), (FunctionKind.Webhook, settings.Webhook is not null)])
        {
            var field = of.ToString().ToLowerInvariant();
            if (of == kind && !isThere)
                throw Broken(field, $"is required: the function is of the kind {kind}");
            if (of != kind && isThere)
                throw Broken(field, $"is not for a function of the kind {kind}; leave it out");
        }
    }

    private static IReadOnlyList<string> Patterns(IReadOnlyList<string> patterns)
    {
        if (patterns.Count > MostPatterns)
            throw Broken("allowedSecrets", $"can be {MostPatterns} at most");
        foreach (var (index, pattern) in patterns.Index())
        {
            if (pattern.Length is 0 or > SecretName.MaxLength || !pattern.All(c => char.IsAsciiLetterOrDigit(c) || "/_+=.@-!*?".Contains(c, StringComparison.Ordinal)))
                throw Broken($"allowedSecrets[{index}]", $"must be the name of a secret, in which * stands for anything and ? for one character; 1 to {SecretName.MaxLength} characters");
        }

        return patterns;
    }

    private static IReadOnlyList<string> Command(IReadOnlyList<string> command)
    {
        if (command.Count is 0 or > MostArguments)
            throw Broken("process.command", $"must be the program's file in the folder and its arguments, {MostArguments} at most");
        foreach (var (index, argument) in command.Index())
        {
            if (argument.Length is 0 or > 1024 || argument.Contains('\0', StringComparison.Ordinal))
                throw Broken($"process.command[{index}]", "must have 1 to 1024 characters");
        }

        RelativePath("process.command[0]", command[0]);
        return command;
    }

    private static IReadOnlyList<FunctionVariable> Variables(IReadOnlyDictionary<string, string> variables)
    {
        if (variables.Count > MostVariables)
            throw Broken("process.variables", $"can be {MostVariables} at most");
        foreach (var (name, value) in variables)
        {
            if (name.Length is 0 or > 128 || char.IsAsciiDigit(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
                throw Broken("process.variables", "has a name that is not made of ASCII letters, digits and underscores");
            if (s_ownVariables.Contains(name, StringComparer.OrdinalIgnoreCase) || s_ownPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
                throw Broken("process.variables", $"can't set {name}, which the portal or the runtime sets; choose another name");
            if (value.Contains('\0', StringComparison.Ordinal))
                throw Broken($"process.variables.{name}", "can't hold a null character");
        }

        return [.. variables.OrderBy(variable => variable.Key, StringComparer.Ordinal).Select(variable => new FunctionVariable(variable.Key, variable.Value))];
    }

    private static string RelativePath(string field, string path)
    {
        var parts = path.Split('/');
        return path.Length is > 0 and <= LongestFolder && parts.All(part => part.Length > 0 && part is not ("." or "..") && part.All(c => char.IsAsciiLetterOrDigit(c) || "._-+@".Contains(c, StringComparison.Ordinal)))
            ? path
            : throw Broken(field, $"must be a path of 1 to {LongestFolder} characters without a slash at either end and without .. in it, relative to the folder of functions");
    }

    private static string Url(string field, string url, bool isBare = false)
    {
        var isValid = url.Length <= LongestUrl && Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http"
            && uri is { UserInfo: "", Fragment: "", Host.Length: > 0 } && (!isBare || uri.Query.Length == 0);
        return isValid ? url : throw Broken(field, $"must be an address of https without a user{(isBare ? ", a query" : "")} or a fragment, at most {LongestUrl} characters");
    }

    private static int Within(string field, int number, int least, int most) =>
        number >= least && number <= most ? number : throw Broken(field, $"must be {least} to {most}");

    private static PortalException Broken(string field, string what) => AccessRules.Broken($"{field} {what}.");
}
