namespace SecretsPortal.Web.Demo;

/// <summary>The code of the demonstration's process: enough to see it start, read its event and answer.</summary>
internal static class DemoFunctionCode
{
    private const string Code = """
        import os

        def handler(event, context):
            step = event.get("Step", "no step")
            print(f"{context.function_name} was given {step} for {event.get('SecretId', 'no secret')}")
            print(f"KEY_BITS is {os.environ.get('KEY_BITS')}")
            # A real one would call boto3.client("secretsmanager", endpoint_url=os.environ["SECRETS_MANAGER_ENDPOINT"]) here.
            return {"done": step}
        """;

    /// <summary>Writes it below a folder that everybody may read; gives the folder.</summary>
    public static string Write(string folder)
    {
        var code = Directory.CreateDirectory(Path.Combine(folder, "sftp"));
        File.WriteAllText(Path.Combine(code.FullName, "rotate.py"), Code);
        return folder;
    }
}
