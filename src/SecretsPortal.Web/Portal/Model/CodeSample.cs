namespace SecretsPortal.Web.Portal.Model;

/// <summary>Code that reads a secret, or declares it; complete, and without a value.</summary>
/// <param name="Id">What addresses and styles call the language.</param>
/// <param name="Language">What people call it.</param>
/// <param name="Text">The code.</param>
public sealed record CodeSample(string Id, string Language, string Text)
{
    /// <summary>The samples of a secret, in the order in which they are shown.</summary>
    /// <param name="subject">The secret.</param>
    /// <param name="endpoint">The portal's own address.</param>
    public static IReadOnlyList<CodeSample> Of(CodeSubject subject, Uri endpoint)
    {
        ArgumentNullException.ThrowIfNull(subject);
        ArgumentNullException.ThrowIfNull(endpoint);
        // A trailing slash says nothing, and the .NET SDK would sign another path.
        var address = endpoint.GetLeftPart(UriPartial.Path).TrimEnd('/');
        return
        [
            new("cli", "AWS CLI", Cli(subject, address)),
            new("csharp", "C#", CSharp(subject, address)),
            new("python", "Python", Python(subject, address)),
            new("java", "Java", Java(subject, address)),
            new("javascript", "JavaScript", JavaScript(subject, address)),
            new("go", "Go", Go(subject, address)),
            new("terraform", "Terraform", TerraformSample.Of(subject, address)),
        ];
    }

    // A name has ASCII letters, digits and -/_+=.@! alone, so that it needs no escape in any of the languages; the shell's ! is quoted.
    private static string Cli(CodeSubject secret, string address) => $"""
        # The access key comes from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from a profile.
        aws secretsmanager get-secret-value \
          --endpoint-url '{address}' \
          --region '{secret.Region}' \
          --secret-id '{secret.Name}' \
          --query SecretString \
          --output text{(secret.HasFields ? $"\n\n# One field of it: add | jq -r {(secret.IsDatabase ? ".password" : ".FIELD")}" : "")}

        """;

    private static string CSharp(CodeSubject secret, string address) => $$"""
        // dotnet add package AWSSDK.SecretsManager
        {{(secret.HasFields ? "using System.Text.Json;\n" : "")}}using Amazon.SecretsManager;
        using Amazon.SecretsManager.Model;

        // The access key comes from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from a profile.
        using var client = new AmazonSecretsManagerClient(new AmazonSecretsManagerConfig
        {
            ServiceURL = "{{address}}",
            AuthenticationRegion = "{{secret.Region}}",
        });
        var answer = await client.GetSecretValueAsync(new GetSecretValueRequest { SecretId = "{{secret.Name}}" });
        {{(secret.IsDatabase ? """
        using var secret = JsonDocument.Parse(answer.SecretString);
        var user = secret.RootElement.GetProperty("username").GetString();
        var password = secret.RootElement.GetProperty("password").GetString();
        """ : secret.HasFields ? """
        using var secret = JsonDocument.Parse(answer.SecretString);
        // One field of it: secret.RootElement.GetProperty("FIELD").GetString()
        """ : """
        var secret = answer.SecretString;
        """)}}

        """;

    private static string Python(CodeSubject secret, string address) => $"""
        # pip install boto3
        {(secret.HasFields ? "import json\n\n" : "")}import boto3

        # The access key comes from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from a profile.
        client = boto3.client("secretsmanager", region_name="{secret.Region}", endpoint_url="{address}")
        answer = client.get_secret_value(SecretId="{secret.Name}")
        {(secret.IsDatabase ? """
        secret = json.loads(answer["SecretString"])
        user, password = secret["username"], secret["password"]
        """ : secret.HasFields ? """
        secret = json.loads(answer["SecretString"])  # one field of it: secret["FIELD"]
        """ : """
        secret = answer["SecretString"]
        """)}

        """;

    private static string Java(CodeSubject secret, string address) => $$"""
        // Maven: software.amazon.awssdk:secretsmanager
        import java.net.URI;
        import software.amazon.awssdk.regions.Region;
        import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;

        public class ReadSecret {
            public static void main(String[] arguments) {
                // The access key comes from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from a profile.
                try (SecretsManagerClient client = SecretsManagerClient.builder()
                        .endpointOverride(URI.create("{{address}}"))
                        .region(Region.of("{{secret.Region}}"))
                        .build()) {
                    String secret = client.getSecretValue(request -> request.secretId("{{secret.Name}}")).secretString();
                    // {{(secret.HasFields ? "It is JSON: parse it with the library that you use." : "Use it here; never print it.")}}
                }
            }
        }

        """;

    private static string JavaScript(CodeSubject secret, string address) => $$"""
        // npm install @aws-sdk/client-secrets-manager
        import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

        // The access key comes from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from a profile.
        const client = new SecretsManagerClient({ region: "{{secret.Region}}", endpoint: "{{address}}" });
        const answer = await client.send(new GetSecretValueCommand({ SecretId: "{{secret.Name}}" }));
        {{(secret.IsDatabase ? """
        const { username, password } = JSON.parse(answer.SecretString);
        """ : secret.HasFields ? """
        const secret = JSON.parse(answer.SecretString); // one field of it: secret.FIELD
        """ : """
        const secret = answer.SecretString;
        """)}}

        """;

    private static string Go(CodeSubject secret, string address) => $$"""
        // go get github.com/aws/aws-sdk-go-v2/config github.com/aws/aws-sdk-go-v2/service/secretsmanager
        package main

        import (
        	"context"{{(secret.HasFields ? "\n\t\"encoding/json\"" : "")}}
        	"log"

        	"github.com/aws/aws-sdk-go-v2/aws"
        	"github.com/aws/aws-sdk-go-v2/config"
        	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
        )

        func main() {
        	ctx := context.Background()
        	// The access key comes from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from a profile.
        	settings, err := config.LoadDefaultConfig(ctx, config.WithRegion("{{secret.Region}}"))
        	if err != nil {
        		log.Fatal(err)
        	}
        	client := secretsmanager.NewFromConfig(settings, func(o *secretsmanager.Options) {
        		o.BaseEndpoint = aws.String("{{address}}")
        	})
        	answer, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String("{{secret.Name}}")})
        	if err != nil {
        		log.Fatal(err)
        	}
        	{{(secret.HasFields ? """
        	var secret map[string]any
        	if err := json.Unmarshal([]byte(aws.ToString(answer.SecretString)), &secret); err != nil {
        		log.Fatal("the secret is no JSON")
        	}
        """.TrimStart() : """
        	secret := aws.ToString(answer.SecretString)
        """.TrimStart())}}
        	_ = secret{{(secret.IsDatabase ? """["password"]""" : "")}} // use it here; never print it
        }

        """;
}
