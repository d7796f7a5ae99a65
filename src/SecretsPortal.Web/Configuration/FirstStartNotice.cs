using SecretsPortal.Services.Start;

namespace SecretsPortal.Web.Configuration;

/// <summary>What the console shows once, when a first start has generated credentials. Written to the console, never through the log.</summary>
internal static class FirstStartNotice
{
    private const int Width = 78;

    /// <summary>Writes the notice; nothing where no credential was generated.</summary>
    /// <param name="output">The console.</param>
    /// <param name="first">What the first start made.</param>
    /// <param name="address">Where the portal listens, or will.</param>
    /// <param name="region">The home region.</param>
    public static void Write(TextWriter output, FirstStart first, string address, string region)
    {
        if (first.GeneratedAdminPassword is null && first.GeneratedSecretAccessKey is null)
            return;
        var lines = new List<string> { "FIRST START: these credentials are shown once and never again. Keep them now.", "" };
        if (first.GeneratedAdminPassword is { } password)
            lines.AddRange([$"Sign in at         {address}", $"User               {first.AdminUser}", $"Password           {password.Reveal()}", ""]);
        if (first.GeneratedSecretAccessKey is { } secret)
        {
            lines.AddRange(
            [
                $"Access key id      {first.AccessKeyId}", $"Secret access key  {secret.Reveal()}", "",
                "Put the key pair into `aws configure`, and then:",
                $"aws secretsmanager list-secrets --endpoint-url {address} --region {region}",
            ]);
        }

        output.WriteLine();
        output.WriteLine(new string('=', Width));
        foreach (var line in lines)
            output.WriteLine(line.Length == 0 ? "" : $"  {line}");
        output.WriteLine(new string('=', Width));
        output.WriteLine();
        output.Flush();
    }
}
