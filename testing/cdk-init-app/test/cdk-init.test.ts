// Replaces the test of an app that `cdk init` has made. Its own jest runs it.

import * as cdk from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CdkInitStack } from '../lib/cdk-init-stack';

test('the stack has the webhook and the role', () => {
  const template = Template.fromStack(new CdkInitStack(new cdk.App(), 'MyTestStack'));

  template.hasResourceProperties('AWS::Lambda::Function', { Handler: 'index.handler' });
  template.hasResourceProperties('AWS::IAM::Role', {
    Description: 'Pods of system:serviceaccount:shop:checkout at oidc.example.com/prod',
  });
});
